using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Checkpoints;
using Switch.Routing.Core;
using Switch.Routing.Journal;
using Switch.Routing.Routes;

namespace Switch.Benchmarks.Host;

/// <summary>
/// Goal: time to ready against the size of the journal. Method: the real core takes so many payments into a real
/// journal (an intent and a decision each, secrets sealed); then the start of the switch, up to the moment at which it
/// would take payments, with no checkpoint, with one a gibibyte behind the end, and with one at the end.
/// </summary>
internal sealed class RecoveryLoad : IDisposable
{
    private const long TailBytes = 1L << 30;
    private static readonly JournalKeyRing Keys = new(1, SHA256.HashData("benchmark"u8));
    private static readonly int[] Sizes = [100_000, 1_000_000, 10_000_000];
    private readonly string _folder;

    private RecoveryLoad(string folder)
    {
        _folder = folder;
    }

    private JournalSettings Settings => new()
    {
        Path = _folder, Identity = new JournalIdentity("benchmark", "node-1", 0), Durability = Durability.None,
        SegmentSize = 64L << 20,
    };

    public static void Run(string folder, int[] sizes, TextWriter output)
    {
        output.WriteLine(
            "transactions     MB   replay all s   records/s   make s   checkpoint MB   1 GiB behind s   at the end s");
        foreach (int transactions in sizes.Length > 0 ? sizes : Sizes)
        {
            using var load = new RecoveryLoad(
                Path.Combine(folder, $"switch-recovery-{Environment.ProcessId}-{transactions}"));
            output.WriteLine(load.Measure(transactions));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Measure(int transactions)
    {
        long bytes;
        using (JournalWriter journal = JournalWriter.Open(
            Settings, Keys, static (_, _, _, _) => { }, static () => { }, NullLogger.Instance))
        {
            new Payments(journal).Make(transactions);
        }

        bytes = Directory.EnumerateFiles(_folder, "*.segment").Sum(path => new FileInfo(path).Length);
        (double all, long records) = Start(withCheckpoint: false);
        (double _, long _) = Checkpoint(behind: TailBytes);
        (double behind, long _) = Start(withCheckpoint: true);
        (double make, long size) = Checkpoint(behind: 0);
        (double atEnd, long _) = Start(withCheckpoint: true);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{transactions,12:N0} {bytes / 1e6,6:N0} {all,14:N2} {records / all,11:N0} {make,8:N2} {size / 1e6,15:N1}"
            + $" {behind,16:N2} {atEnd,14:N2}");
    }

    private (double Seconds, long Records) Start(bool withCheckpoint)
    {
        GC.Collect();
        long started = Stopwatch.GetTimestamp();
        var core = new AuthorizationCore(Payments.Configuration, new Effects(null));
        using JournalWriter journal = JournalWriter.Open(
            Settings, Keys, core.Recover, static () => { }, NullLogger.Instance,
            withCheckpoint ? core.RestoreState : null);
        core.FinishRecovery(Payments.Now(0));
        return (Stopwatch.GetElapsedTime(started).TotalSeconds, journal.Recovered.Records);
    }

    // Of all but so many bytes; with fewer in the journal, of the first segment.
    private (double Seconds, long Bytes) Checkpoint(long behind)
    {
        using PosixJournalDisk disk = PosixJournalDisk.OpenToWrite(_folder);
        CheckpointPlace place = SegmentCheck.SealedUpTo(disk);
        for (long rest = 0; rest < behind && place.Segment > 1;)
        {
            rest += new FileInfo(Path.Combine(_folder, SegmentCheck.NameOf(place.Segment))).Length;
            SealedSegment before = SegmentCheck.BeforeNext(disk, place.Segment - 1);
            place = new CheckpointPlace(before.Number, before.LastLsn, before.SealCrc);
        }

        long started = Stopwatch.GetTimestamp();
        long size = CheckpointMaker.Make(
            disk, Settings.Identity, Keys, place, RandomNumberGenerator.Fill, 0,
            new AuthorizationCore(Payments.Configuration, new NoEffects()), static () => false);
        return (Stopwatch.GetElapsedTime(started).TotalSeconds, size);
    }

    /// <summary>One acquirer, one issuer that approves everything, and the core between them.</summary>
    private sealed class Payments(JournalWriter journal)
    {
        private const int PerKick = 64;
        private static readonly Dialect Iso = Dialect.Get("iso87-ascii");
        private static readonly CardTokenizer Tokens = new(SHA256.HashData("cards"u8));
        private readonly MessageComposer _composer = new(8_192);
        private readonly Message _request = new(8_192);
        private readonly Message _sent = new(8_192);
        private readonly Message _reply = new(8_192);
        private readonly byte[] _text = new byte[64];

        public static CoreConfiguration Configuration { get; } = new()
        {
            Node = "benchmark",
            Acquirers = [new AcquirerSettings { Name = "acquirer", Dialect = Iso }],
            Issuers =
            [
                new IssuerSettings
                {
                    Name = "issuer", Dialect = Iso, Links = [0], SignOn = false, Echo = TimeSpan.Zero,
                },
            ],
            Routes = new RouteTable([new Route { Prefix = "4", Primary = 0, StandIn = -1 }]),
            StandInProfiles = [],
        };

        public static Instant Now(int transaction) =>
            new(TimeSpan.TicksPerSecond + (transaction * 1_000L), 1_790_000_000_000 + (transaction / 10));

        public void Make(int transactions)
        {
            var effects = new Effects(journal);
            var core = new AuthorizationCore(Configuration, effects);
            core.FinishRecovery(Now(0));
            core.LinkUp(0);
            for (int i = 0; i < transactions; i++)
            {
                core.SetTime(Now(i));
                Load(_request, new Mti(100), i, ReadOnlySpan<byte>.Empty);
                core.AcquirerMessage(0, 0, _request);
                Require(_sent.TryLoad(Iso, effects.Sent, out _));
                int size = _sent.CopyText(Field.Stan, _text);
                Load(_reply, new Mti(110), i, _text.AsSpan(0, size));
                core.IssuerMessage(0, _reply);
                core.JournalCommitted(journal.LastLsn);
                if (i % PerKick == 0)
                {
                    core.Tick();
                    journal.Kick();
                    while (!journal.HasRoom)
                    {
                        Thread.Yield();
                        journal.Kick();
                    }
                }
            }

            Require(core.Counters.ApprovedByPrimary == transactions);
        }

        private void Load(Message message, Mti mti, int transaction, ReadOnlySpan<byte> stan)
        {
            _composer.Start(Iso, mti);
            Set(Field.Pan, $"400000{transaction % 100_000:D5}00000");
            Set(Field.ProcessingCode, "000000");
            Set(Field.Amount, $"{1 + (transaction % 9_999):D12}");
            Set(Field.TransmissionDateTime, $"{1_122_000_000 + (transaction / 999_999):D10}");
            byte[] own = Encoding.ASCII.GetBytes($"{1 + (transaction % 999_999):D6}");
            _composer.Set(Field.Stan, stan.IsEmpty ? own : stan);
            Set(Field.AcquirerId, "123456");
            Set(Field.RetrievalReference, $"{transaction:D12}");
            Set(Field.TerminalId, $"TERM{transaction % 1_000:D4}");
            Set(Field.MerchantId, "MERCHANT0000001");
            Set(Field.Currency, "392");
            if (!stan.IsEmpty)
            {
                Set(Field.ResponseCode, "00");
                Set(Field.ApprovalCode, "123456");
            }

            Require(_composer.TryWrite(out ReadOnlySpan<byte> bytes, out _));
            Require(message.TryLoad(Iso, bytes, out _));
            message.ReceivedAt = Now(transaction).Ticks;
            if (message.TryGetPan(out Pan pan))
            {
                message.Card = Tokens.Of(pan);
            }
        }

        private void Set(int field, string text) => _composer.Set(field, Encoding.ASCII.GetBytes(text));

        private static void Require(bool isSo)
        {
            if (!isSo)
            {
                throw new InvalidOperationException("The benchmark's payments are not what they should be.");
            }
        }
    }

    /// <summary>Records go to the journal; of messages only the last to the issuer is kept.</summary>
    private sealed class Effects(JournalWriter? journal) : IEffects
    {
        private readonly byte[] _sent = new byte[8_192];
        private int _size;
        private long _lsn;

        public ReadOnlySpan<byte> Sent => _sent.AsSpan(0, _size);

        public long Append(RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret) =>
            journal?.Append(type, open, secret) ?? ++_lsn;

        public SendTicket SendToSession(
            int session, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default) =>
            new(-1);

        public SendTicket SendToLink(
            int link, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default)
        {
            message.CopyTo(_sent);
            _size = message.Length;
            return new SendTicket(-1);
        }

        public bool TryCancel(SendTicket ticket) => false;

        public void CloseSession(int session, CloseReason why)
        {
        }

        public void CloseLink(int link, CloseReason why)
        {
        }

        public void Return(Message message)
        {
        }

        public void Raise(Incident incident, long subject, long value)
        {
        }
    }
}
