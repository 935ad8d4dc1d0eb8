using Switch.Host.Security;
using Switch.Host.Security.Keys;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;

namespace Switch.Host.Simulators.World;

/// <summary>
/// The node's zone keys, by the rules of <c>Switch.Host/Server/KeyExchanger</c> and <c>SecurityDesk</c>: a key that a
/// partner sends is imported by the module, made durable, told to the core, and in use from then on. What a message may
/// bring and which keys are taken are the real code; the module and the disk are simulated.
/// </summary>
internal sealed class ZoneKeyDesk : IActor
{
    private const int Imported = 1;
    private const int Written = 2;
    private const int UsualMaxMs = 8;
    private const int SlowMaxMs = 8_000; // The core waits for five seconds.
    private const int TimeoutMs = 1_000;
    private const int WriteMaxMs = 30;

    private readonly WorldContext _context;
    private readonly Node _node;
    private readonly RandomSource _random;
    private readonly Queue<Order> _waiting = new();
    private readonly Dictionary<(bool IsIssuer, int Party, KeyKind Kind), (ulong Current, ulong Former)> _held = [];
    private KeyStore _durable = KeyStore.Empty;
    private KeyStore _inUse = KeyStore.Empty;
    private KeyStore? _written;
    private Order? _untold;
    private bool _isBusy;
    private long _life;

    public ZoneKeyDesk(WorldContext context, Node node)
    {
        _context = context;
        _node = node;
        _random = new RandomSource(context.Plan.Seed ^ 0x5A4B44);
        foreach ((bool isIssuer, int party, KeyKind kind) in context.Books.Exchanged)
        {
            ulong key = KeyBook.FirstOf(isIssuer, party, kind);
            if (Add(_durable, NameOf(isIssuer, party, kind), kind, key, out _durable, out _) != KeyStoreOutcome.Done)
            {
                throw new InvalidOperationException("A simulated key store takes no first key.");
            }
        }
    }

    /// <summary>The keys that the node holds of a party, by their places; 0: there are no more.</summary>
    public Func<int, ulong> Of(bool isIssuer, int party, KeyKind kind)
    {
        (bool, int, KeyKind) name = (isIssuer, party, kind);
        ulong first = KeyBook.FirstOf(isIssuer, party, kind);
        return place => !_held.TryGetValue(name, out (ulong Current, ulong Former) keys)
            ? place == 0 ? first : 0
            : place switch
            {
                0 => keys.Current,
                1 => keys.Former,
                _ => 0,
            };
    }

    /// <summary>The node has come up: what is durable is in use. A key that was answered with 00 must be.</summary>
    public void Begin()
    {
        Use(_durable);
        foreach ((bool isIssuer, int party, KeyKind kind) in _context.Books.Exchanged)
        {
            KeyBook book = _context.Books.Of(isIssuer, party, kind);
            ulong current = _held[(isIssuer, party, kind)].Current;
            if (current != book.Current && (current != book.Pending || current == 0))
            {
                _context.Report(
                    "I27", 0,
                    $"after a start {NameOf(isIssuer, party, kind)} is {KeyBook.CheckOf(current)}, and its partner was "
                    + $"told that {KeyBook.CheckOf(book.Current)} is in force");
            }
        }
    }

    /// <summary>The node has died. What was being written is on the disk, or is not.</summary>
    public void Die()
    {
        _life++;
        if (_written is { } written)
        {
            _durable = _random.Coin() ? written : _durable;
        }

        _context.Count(Fault.KeyDurableAndUntold, _untold is not null);
        _written = null;
        _untold = null;
        _isBusy = false;
        _waiting.Clear();
    }

    /// <summary>The core tells of a key. False: the partner's keys are not exchanged.</summary>
    public bool Ask(in KeyQuestion ask)
    {
        if (_context.Books.KindsOf(ask.IsOfIssuer, ask.Party).Length == 0)
        {
            return false;
        }

        bool hasMac = (ask.IsOfIssuer ? _context.Macs.OfIssuer(ask.Party) : _context.Macs.OfAcquirer(ask.Party))
            is not null;
        string text = TextOf(ask.Request, _context.Books.FieldOf(ask.IsOfIssuer, ask.Party));
        _waiting.Enqueue(new Order(ask.Tag, ask.IsOfIssuer, ask.Party, text, !hasMac || ask.IsVerified));
        Next();
        return true;
    }

    public void On(in ScheduledEvent scheduled)
    {
        if (scheduled.Value != _life)
        {
            return;
        }

        var order = (Order)scheduled.Subject!;
        if (scheduled.Kind == Imported)
        {
            Keep(order);
        }
        else
        {
            Store(order);
        }
    }

    private void Next()
    {
        while (!_isBusy && _waiting.TryDequeue(out Order? order))
        {
            if (!order.MayBeTaken)
            {
                Tell(order, KeyOutcome.Unverified, null);
            }
            else if (!KeyMessage.TryParse(order.Text, "", out KeyMessage? message))
            {
                Tell(order, KeyOutcome.Unreadable, null);
            }
            else if (!_held.ContainsKey((order.IsIssuer, order.Party, message.Kind)))
            {
                Tell(order, KeyOutcome.NotConfigured, null);
            }
            else
            {
                _isBusy = true;
                order.Message = message;
                AskModule(order);
            }
        }
    }

    private void AskModule(Order order)
    {
        long delay = _random.Ms(0, UsualMaxMs);
        switch (HsmDesk.MoodNow(_context))
        {
            case 0:
                _context.Count(Fault.KeyModuleSlow);
                delay = _random.Ms(0, SlowMaxMs);
                break;
            case 1:
                delay = _random.Ms(TimeoutMs, TimeoutMs + 1);
                order.IsFailed = true;
                break;
            case 2:
                order.IsFailed = _random.Coin();
                break;
        }

        _context.Scheduler.In(delay, this, Imported, _life, order);
    }

    private void Keep(Order order)
    {
        KeyMessage message = order.Message!;
        if (order.IsFailed || _node.Disk.IsFull)
        {
            _context.Count(Fault.KeyNotKept);
            EndOf(order, KeyOutcome.Failed, null);
            return;
        }

        if (!KeyBook.TryRead(message.Key, out ulong key) || !message.IsOf(KeyBook.CheckOf(key)))
        {
            EndOf(order, KeyOutcome.Unreadable, null);
            return;
        }

        string name = NameOf(order.IsIssuer, order.Party, message.Kind);
        KeyStoreOutcome outcome = Add(_durable, name, message.Kind, key, out KeyStore changed, out bool isAgain);
        if (isAgain)
        {
            EndOf(order, KeyOutcome.Taken, _durable);
        }
        else if (outcome != KeyStoreOutcome.Done)
        {
            EndOf(order, outcome == KeyStoreOutcome.Replayed ? KeyOutcome.Replayed : KeyOutcome.Failed, null);
        }
        else
        {
            _written = changed;
            long delay = _random.Ms(1, WriteMaxMs) + _random.Between(0, _node.Journal.Slowness);
            _context.Scheduler.In(delay, this, Written, _life, order);
            CrashSometimes();
        }
    }

    private void Store(Order order)
    {
        _durable = _written!;
        _written = null;
        EndOf(order, KeyOutcome.Taken, _durable);
        _untold = order;
        CrashSometimes();
    }

    private void EndOf(Order order, KeyOutcome outcome, KeyStore? store)
    {
        Tell(order, outcome, store);
        _isBusy = false;
        Next();
    }

    private void Tell(Order order, KeyOutcome outcome, KeyStore? store) => _node.Tell(core =>
    {
        if (_context.IsWatched(0))
        {
            string whose = order.IsIssuer ? "issuer" : "acquirer";
            _context.Note(0, $"node says of a key of {whose} {order.Party}: {outcome}");
        }

        core.KeyExchanged(order.Tag, outcome);
        _untold = _untold == order ? null : _untold;
        if (store is not null)
        {
            Use(store);
        }
    });

    // Where a crash matters most it is not left to chance alone.
    private void CrashSometimes()
    {
        if (_context.Plan.Crashes > 0 && _context.Now < _context.Plan.FaultsEnd && _random.Below(6) == 0)
        {
            _node.Crash(powerCut: _random.Coin());
        }
    }

    private void Use(KeyStore keys)
    {
        _inUse = keys;
        foreach ((bool isIssuer, int party, KeyKind kind) in _context.Books.Exchanged)
        {
            StoredKey stored = _inUse.Find(NameOf(isIssuer, party, kind))!;
            _held[(isIssuer, party, kind)] =
                (ValueOf(stored.Current), stored.Former is { } former ? ValueOf(former) : 0);
        }
    }

    private KeyStoreOutcome Add(
        KeyStore before, string name, KeyKind kind, ulong key, out KeyStore changed, out bool isAgain) =>
        WrappedKey.TryParse(KeyBook.TextOf(key, 'U'), out WrappedKey? wrapped)
            ? before.TryExchange(
                name, kind, wrapped, KeyBook.CheckOf(key), DateTimeOffset.FromUnixTimeMilliseconds(_context.WallMs),
                out changed, out isAgain)
            : throw new InvalidOperationException("A simulated key is no key.");

    private static ulong ValueOf(KeyGeneration key) => KeyBook.TryRead(key.Key, out ulong value) ? value : 0;

    private static string NameOf(bool isIssuer, int party, KeyKind kind) =>
        $"{(isIssuer ? "issuer" : "acquirer")}-{party}-{kind}";

    private static string TextOf(Message message, int field)
    {
        Span<byte> text = stackalloc byte[Packet.SizeMax];
        return message.TextLength(field) <= text.Length
            ? System.Text.Encoding.Latin1.GetString(text[..message.CopyText(field, text)])
            : "";
    }

    private sealed class Order(long tag, bool isIssuer, int party, string text, bool mayBeTaken)
    {
        public long Tag { get; } = tag;

        public bool IsIssuer { get; } = isIssuer;

        public int Party { get; } = party;

        public string Text { get; } = text;

        public bool MayBeTaken { get; } = mayBeTaken;

        public KeyMessage? Message { get; set; }

        public bool IsFailed { get; set; }
    }
}
