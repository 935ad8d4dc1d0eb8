using System.Diagnostics;
using System.Text.Json;

namespace Switch.Host.Simulators;

/// <summary>
/// One JSON line per thing a simulator did, for checkers outside. Cards appear as a token and a masked number. Thread
/// safe.
/// </summary>
internal sealed class EventLog : IDisposable
{
    private readonly StreamWriter _file;
    private readonly Lock _gate = new();
    private readonly long _started = Stopwatch.GetTimestamp();

    public EventLog(string path) => _file = new StreamWriter(path, append: false);

    public void Write(string who, string what, PlainMessage message)
    {
        string line = JsonSerializer.Serialize(new
        {
            t = Math.Round(Stopwatch.GetElapsedTime(_started).TotalMilliseconds, 3),
            who,
            what,
            mti = $"{message.Mti:D4}",
            card = message.Pan is { } pan ? TestCards.TokenOf(pan) : null,
            pan = message.Pan is { } number ? TestCards.Mask(number) : null,
            amount = message[4] is null ? (long?)null : message.Amount,
            stan = message[11],
            sent = message[7],
            rrn = message[37],
            terminal = message[41],
            code = message[39],
            original = message[90]?[..20],
        });
        lock (_gate)
        {
            _file.WriteLine(line);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _file.Dispose();
        }
    }
}
