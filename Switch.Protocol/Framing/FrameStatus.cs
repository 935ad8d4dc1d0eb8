namespace Switch.Protocol.Framing;

/// <summary>What is at the front of a stream.</summary>
public enum FrameStatus : byte
{
    /// <summary>One whole frame; it was taken off the buffer.</summary>
    Complete,

    /// <summary>The rest has not arrived yet. Nothing was taken.</summary>
    Incomplete,

    /// <summary>The header claims more than the limit. The stream cannot be followed further.</summary>
    OverLimit,

    /// <summary>A keep-alive, a header with no body; it was taken off the buffer.</summary>
    Empty,

    /// <summary>Not a header of this format. The stream cannot be followed further.</summary>
    Malformed,
}
