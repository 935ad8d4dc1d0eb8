using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;

namespace Switch.Host.Simulators.World;

/// <summary>One message on its way.</summary>
internal sealed class Packet
{
    public const int SizeMax = 1_024;

    private readonly byte[] _bytes = new byte[SizeMax];

    public int Size { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Size);

    public Line Line { get; set; } = null!;

    /// <summary>When it was given to the connection.</summary>
    public long LeftAt { get; set; }

    /// <summary>
    /// The sender's payment that it is about, so that its arrival can be noted; null when there is none.
    /// </summary>
    public Payment? Payment { get; set; }

    /// <summary>Makes it something else: cut short, or with some bytes changed.</summary>
    public void Spoil(RandomSource random)
    {
        if (random.Coin())
        {
            Size = random.Below(Size);
        }

        for (int i = 1 + random.Below(8); i > 0 && Size > 0; i--)
        {
            _bytes[random.Below(Size)] = (byte)random.Below(256);
        }
    }

    /// <summary>Gives its type the first digit of another edition.</summary>
    public void SetOtherEdition(Dialect dialect, RandomSource random)
    {
        int own = dialect.IsoVersion switch
        {
            IsoVersion.Iso1987 => 0,
            IsoVersion.Iso1993 => 1,
            _ => 2,
        };
        int digit = random.Pick(0, 1, 2, 9);
        digit = digit == own ? (own + 1) % 3 : digit;
        bool isPacked = dialect.Mti == MtiEncoding.Bcd;
        _bytes[0] = (byte)(isPacked ? (_bytes[0] & 0x0F) | (digit << 4) : (_bytes[0] & 0xF0) | digit);
    }

    public void Fill(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes);
        Size = bytes.Length;
    }
}

/// <summary>Who stands at an end of a line.</summary>
internal interface ILineEnd
{
    /// <summary>The packet goes back to the pool when this returns.</summary>
    void OnPacket(Line line, Packet packet);

    /// <summary>This end has noticed that the connection is gone.</summary>
    void OnClosed(Line line);

    /// <summary>What the node sent to this end did not arrive. The parties do not know; the checker does.</summary>
    void OnLost(Packet packet)
    {
    }
}

/// <summary>One TCP connection between the node and a peer: in order each way, and any moment dead.</summary>
internal sealed class Line(int id, bool isLink, ILineEnd node, ILineEnd peer, long delay)
{
    /// <summary>The session's id, or the link's.</summary>
    public int Id { get; } = id;

    public bool IsLink { get; } = isLink;

    public ILineEnd Node { get; } = node;

    public ILineEnd Peer { get; } = peer;

    /// <summary>One way, in ticks, before jitter.</summary>
    public long Delay { get; } = delay;

    /// <summary>The node has not noticed an end yet.</summary>
    public bool IsOpenAtNode { get; set; } = true;

    public bool IsOpenAtPeer { get; set; } = true;

    /// <summary>Frames in a row that were no message.</summary>
    public int ParseFaults { get; set; }

    /// <summary>Half open: what is sent this way vanishes.</summary>
    public bool IsDeafAtPeer { get; set; }

    public bool IsDeafAtNode { get; set; }

    public long LastAtPeer { get; set; }

    public long LastAtNode { get; set; }
}

/// <summary>Carries packets: in order on one line, in any order across lines.</summary>
internal sealed class Network(Scheduler scheduler, Trace trace, RandomSource random) : IActor
{
    private const int ToNode = 1;
    private const int ToPeer = 2;
    private const int NodeNotices = 3;
    private const int PeerNotices = 4;

    private readonly Stack<Packet> _free = [];

    /// <summary>Greatest jitter on every packet, in ticks.</summary>
    public long Jitter { get; set; }

    /// <summary>Times in a thousand that a packet takes up to <see cref="Spike"/> longer.</summary>
    public int SpikePerMille { get; set; }

    public long Spike { get; set; }

    public Packet Take(ReadOnlySpan<byte> bytes)
    {
        if (!_free.TryPop(out Packet? packet))
        {
            packet = new Packet();
        }

        packet.Fill(bytes);
        packet.Payment = null;
        return packet;
    }

    /// <summary>Sends a spoilt copy of a message, unless it still is one: then it would be another payment.</summary>
    /// <returns>Whether it was sent.</returns>
    public bool SendSpoilt(Line line, ReadOnlySpan<byte> bytes, PartyCodec probe)
    {
        Packet packet = Take(bytes);
        packet.Spoil(random);
        if (probe.TryRead(packet.Bytes))
        {
            _free.Push(packet);
            return false;
        }

        Send(line, toNode: true, packet);
        return true;
    }

    public void Send(Line line, bool toNode, Packet packet)
    {
        packet.Line = line;
        packet.LeftAt = scheduler.Now;
        if (toNode ? line.IsDeafAtNode || !line.IsOpenAtPeer : line.IsDeafAtPeer || !line.IsOpenAtNode)
        {
            Lose(packet, toNode);
            _free.Push(packet);
            return;
        }

        long delay = line.Delay + random.Between(0, Jitter + 1);
        delay += random.PerMille(SpikePerMille) ? random.Between(0, Spike) : 0;
        long last = toNode ? line.LastAtNode : line.LastAtPeer;
        long arrival = Math.Max(last + 1, scheduler.Now + delay);
        if (toNode)
        {
            line.LastAtNode = arrival;
        }
        else
        {
            line.LastAtPeer = arrival;
        }

        scheduler.At(arrival, this, toNode ? ToNode : ToPeer, line.Id, packet);
    }

    /// <summary>
    /// The connection ends: each side notices in its own time, and what arrives before it notices still counts.
    /// </summary>
    public void Cut(Line line, long noticeMax)
    {
        line.IsDeafAtNode = line.IsDeafAtPeer = true;
        scheduler.In(random.Between(0, noticeMax + 1), this, NodeNotices, line.Id, line);
        scheduler.In(random.Between(0, noticeMax + 1), this, PeerNotices, line.Id, line);
    }

    /// <summary>One end closes: the other reads all that was sent before, and then the end.</summary>
    public void Close(Line line, bool byNode)
    {
        if (byNode)
        {
            line.IsOpenAtNode = false;
            scheduler.At(Math.Max(line.LastAtPeer + 1, scheduler.Now + line.Delay), this, PeerNotices, line.Id, line);
        }
        else
        {
            line.IsOpenAtPeer = false;
            scheduler.At(Math.Max(line.LastAtNode + 1, scheduler.Now + line.Delay), this, NodeNotices, line.Id, line);
        }
    }

    public void On(in ScheduledEvent scheduled)
    {
        if (scheduled.Subject is Packet packet)
        {
            Deliver(packet, scheduled.Kind == ToNode);
            _free.Push(packet);
            return;
        }

        var line = (Line)scheduled.Subject!;
        if (scheduled.Kind == NodeNotices && line.IsOpenAtNode)
        {
            line.IsOpenAtNode = false;
            line.Node.OnClosed(line);
        }
        else if (scheduled.Kind == PeerNotices && line.IsOpenAtPeer)
        {
            line.IsOpenAtPeer = false;
            line.Peer.OnClosed(line);
        }
    }

    private void Deliver(Packet packet, bool toNode)
    {
        Line line = packet.Line;
        if (toNode ? line.IsOpenAtNode : line.IsOpenAtPeer)
        {
            trace.Add(packet.Bytes);
            (toNode ? line.Node : line.Peer).OnPacket(line, packet);
        }
        else
        {
            Lose(packet, toNode);
        }
    }

    private static void Lose(Packet packet, bool toNode)
    {
        if (!toNode)
        {
            packet.Line.Peer.OnLost(packet);
        }
    }
}
