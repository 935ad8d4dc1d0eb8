using System.Buffers;
using System.Globalization;
using System.Net;
using Switch.Host.Captures;
using Switch.Host.Commands.Common;

namespace Switch.Host.Commands;

/// <summary>
/// Messages out of the TCP streams of a capture, each where its last byte came. Where bytes are missing, are no frame,
/// or come from the middle of a connection, that is said, and the next segment that begins a frame is gone on from.
/// </summary>
internal sealed class DecodeCapture(DecodeRun run, TextWriter error, int? port)
{
    /// <summary>Directions followed at once. Beyond it the one that was silent longest is forgotten.</summary>
    public const int FlowsMax = 4_096;

    /// <summary>Bytes that all directions together may keep. Beyond it the same.</summary>
    public const int KeptMax = 64 * 1024 * 1024;

    /// <summary>Segments of one direction among which the beginning of a frame is looked for.</summary>
    private const int StartsMax = 256;

    /// <summary>Bytes of one direction in which it is looked for.</summary>
    private const int SearchedMax = 256 * 1024;

    private readonly Dictionary<(IPEndPoint From, IPEndPoint To), Flow> _flows = [];

    /// <summary>The same, the one that was silent longest first.</summary>
    private readonly LinkedList<Flow> _bySilence = new();
    private long _packets;
    private long _segments;
    private long _kept;
    private int _strangeLink;

    public void Read(Stream capture)
    {
        var reader = new CaptureReader(capture);
        try
        {
            foreach (CapturedPacket packet in reader.Packets())
            {
                Take(packet);
            }
        }
        catch (CaptureException e)
        {
            throw new UsageException($"--pcap: after {_packets} packets: {e.Message}");
        }

        foreach (Flow flow in _flows.Values)
        {
            End(flow);
        }

        if (reader.IsCut)
        {
            error.WriteLine("Warning: the capture ends inside a packet.");
        }

        if (_segments == 0)
        {
            string link = _packets == 0 ? "" : $", the last of link type {_strangeLink}";
            throw new UsageException(string.Create(
                CultureInfo.InvariantCulture,
                $"--pcap: no TCP {(port is null ? "" : $"of port {port} ")}in its {_packets} packets{link}."));
        }
    }

    private void Take(in CapturedPacket packet)
    {
        _packets++;
        if (!TcpPacket.TryParse(packet.Link, packet.Bytes.Span, out TcpPacket tcp)
            || (port is { } wanted && tcp.From.Port != wanted && tcp.To.Port != wanted))
        {
            _strangeLink = packet.Link;
            return;
        }

        _segments++;
        Flow flow = FlowOf(tcp.From, tcp.To);
        _bySilence.Remove(flow.Place);
        _bySilence.AddLast(flow.Place);
        int before = flow.Kept;
        if (flow.Stream.IsRestartedBy(in tcp))
        {
            End(flow);
        }

        flow.Stream.Add(in tcp, packet.Time);
        Drain(flow, givesUp: false);
        _kept += flow.Kept - before;
        while (_kept > KeptMax)
        {
            Forget();
        }
    }

    private void Drain(Flow flow, bool givesUp)
    {
        while (flow.Stream.TryTake(givesUp, out ReadOnlyMemory<byte> bytes))
        {
            MessageFlow to = flow.Describe();
            if (flow.Stream.IsAfterGap)
            {
                int lost = flow.Rest.WrittenCount;
                string what = lost == 0 ? "." : $"; the {lost} bytes before them are not a frame.";
                run.Fail(0, "Bytes are missing in the capture" + what, to);
                flow.Keep(default);
                flow.IsLost = !run.IsDelimited;
            }
            else if (flow.IsNew)
            {
                flow.IsLost = !flow.Stream.HasStart && !run.IsDelimited;
            }

            flow.Add(bytes.Span);
            if (!flow.IsLost || TryFindStart(flow, to))
            {
                DecodeRest(flow, to);
            }
        }
    }

    private void DecodeRest(Flow flow, MessageFlow to)
    {
        var rest = new ReadOnlySequence<byte>(flow.Rest.WrittenMemory);
        if (!run.DecodeFrames(ref rest, to))
        {
            // What is no frame cannot be followed: the next segment may begin one.
            run.Fail(0, run.FrameFault(rest), to);
            flow.Keep(default);
            flow.IsLost = !run.IsDelimited;
        }
        else if (rest.Length < flow.Rest.WrittenCount)
        {
            flow.Keep(rest);
        }
    }

    /// <summary>
    /// Looks for a segment that begins a frame in a stream of which the beginning is not known: its first bytes may be
    /// of the middle of a message, and claim any length. False while none is found.
    /// </summary>
    private bool TryFindStart(Flow flow, MessageFlow to)
    {
        for (int i = 0; i < flow.Starts.Count;)
        {
            int start = flow.Starts[i];
            FrameStart found = run.StartOf(new ReadOnlySequence<byte>(flow.Rest.WrittenMemory[start..]));
            if (found == FrameStart.Message)
            {
                Resume(flow, start, to);
                return true;
            }

            if (found == FrameStart.Nothing)
            {
                flow.Starts.RemoveAt(i);
            }
            else
            {
                i++;
            }
        }

        if (flow.Starts.Count == 0)
        {
            run.Fail(0, run.FrameFault(new ReadOnlySequence<byte>(flow.Rest.WrittenMemory)), to);
            flow.Keep(default);
            return false;
        }

        // One long message looks the same until its end has come.
        if (flow.Starts.Count < StartsMax && flow.Rest.WrittenCount < SearchedMax)
        {
            return false;
        }

        Resume(flow, flow.Starts[0], to);
        return true;
    }

    private void Resume(Flow flow, int start, MessageFlow to)
    {
        if (start > 0)
        {
            run.Fail(0, $"The {start} bytes before this segment do not start a message.", to);
            flow.Keep(new ReadOnlySequence<byte>(flow.Rest.WrittenMemory[start..]));
        }

        flow.IsLost = false;
    }

    private void End(Flow flow)
    {
        Drain(flow, givesUp: true);
        if (flow.Rest.WrittenCount > 0 && flow.IsLost)
        {
            Resume(flow, flow.Starts[0], flow.Describe());
            DecodeRest(flow, flow.Describe());
        }

        if (flow.Rest.WrittenCount > 0)
        {
            run.Fail(0, run.FrameFault(new ReadOnlySequence<byte>(flow.Rest.WrittenMemory)), flow.Describe());
            flow.Keep(default);
        }

        flow.IsNew = true;
    }

    private Flow FlowOf(IPEndPoint from, IPEndPoint to)
    {
        if (_flows.TryGetValue((from, to), out Flow? known))
        {
            return known;
        }

        if (_flows.Count == FlowsMax)
        {
            Forget();
        }

        var added = new Flow(from, to);
        _flows.Add((from, to), added);
        _bySilence.AddLast(added.Place);
        return added;
    }

    private void Forget()
    {
        Flow oldest = _bySilence.First!.Value;
        _bySilence.RemoveFirst();
        _kept -= oldest.Kept;
        End(oldest);
        _flows.Remove((oldest.From, oldest.To));
    }

    /// <summary>One direction of one connection.</summary>
    private sealed class Flow
    {
        /// <summary>Room beyond this is given back once it is no longer needed.</summary>
        private const int RoomMax = 64 * 1024;

        public Flow(IPEndPoint from, IPEndPoint to)
        {
            From = from;
            To = to;
            Place = new LinkedListNode<Flow>(this);
        }

        public IPEndPoint From { get; }

        public IPEndPoint To { get; }

        /// <summary>Among those that are followed.</summary>
        public LinkedListNode<Flow> Place { get; }

        public TcpStream Stream { get; } = new();

        /// <summary>Whether none of its bytes were looked at.</summary>
        public bool IsNew { get; set; } = true;

        /// <summary>Whether it is not known where in it a frame begins.</summary>
        public bool IsLost { get; set; }

        /// <summary>Where in <see cref="Rest"/> a frame may begin, while that is not known.</summary>
        public List<int> Starts { get; } = [];

        /// <summary>The beginning of a frame whose end has not come.</summary>
        public ArrayBufferWriter<byte> Rest { get; private set; } = new();

        public int Kept => Stream.WaitingSize + Rest.Capacity;

        public MessageFlow Describe() => new(Stream.Time, From.ToString(), To.ToString());

        /// <summary>Takes in the bytes of a segment.</summary>
        public void Add(ReadOnlySpan<byte> bytes)
        {
            IsNew = false;
            if (IsLost)
            {
                Starts.Add(Rest.WrittenCount);
            }

            Rest.Write(bytes);
        }

        /// <summary>Keeps the end of what was there, or nothing.</summary>
        public void Keep(in ReadOnlySequence<byte> rest)
        {
            byte[] kept = rest.ToArray();
            Starts.Clear();
            if (Rest.Capacity > RoomMax)
            {
                Rest = new ArrayBufferWriter<byte>();
            }
            else
            {
                Rest.ResetWrittenCount();
            }

            Rest.Write(kept);
        }
    }
}
