using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Core;
using Switch.Routing.Effects;
using Switch.Routing.Journal;
using Switch.Routing.Routes;
using Switch.Routing.Settings;
using Switch.Routing.Values;

namespace Switch.Benchmarks.Host;

/// <summary>One acquirer, one issuer that approves everything, and the core between them.</summary>
internal sealed class JournalPayments(JournalWriter journal)
{
    private const int PerBatch = 64;
    public static readonly JournalKeyRing Keys = new(1, SHA256.HashData("benchmark"u8));
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

    public static JournalIdentity Identity { get; } = new("benchmark", "node-1", 0);

    /// <summary>A journal for these payments, which need not survive a power cut.</summary>
    public static JournalSettings Settings(string folder) => new()
    {
        Path = folder, Identity = Identity, Durability = Durability.None, SegmentSize = 64L << 20,
    };

    /// <summary>Writes a journal with so many payments, an intent and a decision each.</summary>
    public static void Write(JournalSettings settings, int payments)
    {
        using JournalWriter journal = JournalWriter.Open(
            settings, Keys, static (_, _, _, _) => { }, static () => { }, NullLogger.Instance);
        new JournalPayments(journal).Make(payments);
    }

    public static Instant Now(int transaction) =>
        new(TimeSpan.TicksPerSecond + (transaction * 1_000L), 1_790_000_000_000 + (transaction / 10));

    public void Make(int transactions)
    {
        var effects = new JournalEffects(journal);
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
            if (i % PerBatch == 0)
            {
                core.Tick();
                journal.SubmitBatch();
                while (!journal.HasRoom)
                {
                    Thread.Yield();
                    journal.SubmitBatch();
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
internal sealed class JournalEffects(JournalWriter? journal) : IEffects
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
