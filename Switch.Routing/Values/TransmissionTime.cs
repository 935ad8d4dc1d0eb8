namespace Switch.Routing.Values;

/// <summary>DE 7, MMDDhhmmss in UTC, as a number, made from the wall clock that arrived with an event.</summary>
internal struct TransmissionTime
{
    private long _second;
    private long _value;

    /// <summary>The digits of <paramref name="wallMs"/>; worked out once a second.</summary>
    public long At(long wallMs)
    {
        long second = wallMs / 1000;
        if (second != _second)
        {
            _second = second;
            DateTime time = DateTime.UnixEpoch.AddSeconds(second);
            _value = (((((time.Month * 100L) + time.Day) * 100) + time.Hour) * 10_000) + (time.Minute * 100)
                + time.Second;
        }

        return _value;
    }
}
