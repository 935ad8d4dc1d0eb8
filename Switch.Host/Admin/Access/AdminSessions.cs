using System.Security.Cryptography;
using Switch.Host.Configuration;

namespace Switch.Host.Admin.Access;

/// <summary>
/// Browsers that have signed in with a token. In memory: a restart ends them all. Any thread.
/// </summary>
internal sealed class AdminSessions(TimeProvider clock, TimeSpan time)
{
    /// <summary>At the bound the one that ends first gives way.</summary>
    public const int CountMax = 256;

    private const int KeySize = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Session> _sessions = new(StringComparer.Ordinal);

    /// <returns>What the browser must show, and until when it is taken.</returns>
    public (string Key, DateTimeOffset Ends) Begin(AdminCredential credential)
    {
        string key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeySize));
        DateTimeOffset now = clock.GetUtcNow();
        lock (_gate)
        {
            string[] over = [.. _sessions.Where(one => one.Value.Ends <= now).Select(static one => one.Key)];
            foreach (string one in over)
            {
                _sessions.Remove(one);
            }

            if (_sessions.Count >= CountMax)
            {
                _sessions.Remove(_sessions.MinBy(static one => one.Value.Ends).Key);
            }

            // By its hash: what is compared byte by byte is not what is shown.
            _sessions[HashOf(key)] = new Session(credential, now + time);
        }

        return (key, now + time);
    }

    /// <summary>Who signed in; null: it is over, or never was.</summary>
    public AdminCredential? Find(string key)
    {
        lock (_gate)
        {
            return _sessions.TryGetValue(HashOf(key), out Session session) && session.Ends > clock.GetUtcNow()
                ? session.Credential : null;
        }
    }

    public void End(string key)
    {
        lock (_gate)
        {
            _sessions.Remove(HashOf(key));
        }
    }

    private static string HashOf(string key) =>
        Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key)));

    private readonly record struct Session(AdminCredential Credential, DateTimeOffset Ends);
}
