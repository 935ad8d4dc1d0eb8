namespace Switch.Routing.Values;

/// <summary>A record passed its checksum and still is not one that this version can take in: start-up stops.</summary>
public sealed class RecordFormatException : Exception
{
    public RecordFormatException()
    {
    }

    public RecordFormatException(string message)
        : base(message)
    {
    }

    public RecordFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public RecordFormatException(long lsn, string what)
        : base($"Journal record {lsn}: {what}.")
    {
    }
}
