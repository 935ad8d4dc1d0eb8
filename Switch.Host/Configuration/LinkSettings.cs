namespace Switch.Host.Configuration;

/// <summary>
/// One outbound connection's identity. Ids are positions in one list over all issuers, in the order of the
/// configuration: issuer, then endpoint, then connection.
/// </summary>
internal sealed record LinkSettings(int Id, int Issuer, string Host, int Port)
{
    /// <summary>The issuer connects; host and port are where it is waited for.</summary>
    public bool IsInbound { get; init; }

    /// <summary>The first wait after a loss; waits double from it to <see cref="ReconnectMax"/>.</summary>
    public TimeSpan ReconnectMin { get; init; } = new ReconnectOptions().Min;

    public TimeSpan ReconnectMax { get; init; } = new ReconnectOptions().Max;

    /// <summary>HOST:PORT, as people read it in logs.</summary>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal)
        ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
