using System.Globalization;
using Microsoft.Extensions.Logging;
using Switch.Host.Admin;
using Switch.Host.Connections;

namespace Switch.Host.Server;

/// <summary>Says once when a certificate's end comes near, and again when it is nearer. On the heartbeat.</summary>
internal sealed class TlsWatch(Func<IReadOnlyList<TlsStatus>> read, SwitchClock clock, ILogger logger)
{
    // From the first to the last: each is said once.
    private static readonly int[] Days = [30, 7, 1, 0];

    // What was said last of each certificate: the days, and of which.
    private readonly Dictionary<(string Side, string Name), (DateTime NotAfter, int Days)> _said = [];
    private readonly Dictionary<(string Side, string Name), DateTime> _saidOfLists = [];
    private long _nextLook;

    /// <summary>Once a minute it looks. One thread at a time.</summary>
    /// <param name="nowTicks">Of the clock.</param>
    public void OnBeat(long nowTicks)
    {
        if (nowTicks < _nextLook)
        {
            return;
        }

        _nextLook = nowTicks + TimeSpan.TicksPerMinute;
        DateTime now = clock.Time.GetUtcNow().UtcDateTime;
        foreach (TlsStatus party in read().Where(static party => party.IsTls))
        {
            LookAtCertificate(party, now);
            LookAtList(party, now);
        }
    }

    private void LookAtCertificate(TlsStatus party, DateTime now)
    {
        DateTime end = party.NotAfter!.Value;
        int[] reached = [.. Days.Where(days => (end - now).TotalDays <= days)];
        if (reached.Length == 0)
        {
            return;
        }

        int days = reached[^1];
        if (_said.TryGetValue((party.Side, party.Name), out (DateTime NotAfter, int Days) said)
            && said == (end, days))
        {
            return;
        }

        _said[(party.Side, party.Name)] = (end, days);
        if (days == 0)
        {
            TlsLog.CertificateEnded(logger, party.Side, party.Name, party.Certificate, Text(end));
        }
        else
        {
            TlsLog.CertificateEnds(logger, party.Side, party.Name, party.Certificate, Text(end), days);
        }
    }

    private void LookAtList(TlsStatus party, DateTime now)
    {
        if (party.CrlNextUpdate is not { } next || next > now
            || (_saidOfLists.TryGetValue((party.Side, party.Name), out DateTime said) && said == next))
        {
            return;
        }

        _saidOfLists[(party.Side, party.Name)] = next;
        TlsLog.RevocationListOld(logger, party.Side, party.Name, Text(next));
    }

    private static string Text(DateTime time) => time.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
