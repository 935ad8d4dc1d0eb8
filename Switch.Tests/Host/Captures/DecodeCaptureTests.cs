using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Switch.Host.Commands;
using Switch.Host.Commands.Common;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Captures;

public sealed class DecodeCaptureTests : IDisposable
{
    private static readonly IPEndPoint Acquirer = IPEndPoint.Parse("10.1.2.3:40001");
    private static readonly IPEndPoint Switch8583 = IPEndPoint.Parse("10.1.2.4:8583");
    private static readonly IPEndPoint Acquirer6 = IPEndPoint.Parse("[2001:db8::1]:40001");
    private static readonly IPEndPoint Switch6 = IPEndPoint.Parse("[2001:db8::2]:8583");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-capture-");

    public static TheoryData<CaptureForm, CaptureLink> Files()
    {
        var all = new TheoryData<CaptureForm, CaptureLink>();
        foreach (CaptureForm form in Enum.GetValues<CaptureForm>())
        {
            foreach (CaptureLink link in Enum.GetValues<CaptureLink>())
            {
                all.Add(form, link);
            }
        }

        return all;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>A request and its answer over each IP, in every kind of file.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public async Task Decode_EveryFormAndLink_GivesMessagesWithTimeAndEnds(CaptureForm form, CaptureLink link)
    {
        byte[] file = new CaptureBuilder(form, link)
            .Tcp(Acquirer, Switch8583, 1000, [], CaptureBuilder.Syn)
            .Tcp(Acquirer, Switch8583, 1001, Frame(1))
            .Tcp(Switch8583, Acquirer, 7, Frame(2))
            .Tcp(Acquirer6, Switch6, 1001, [.. Frame(3), .. Frame(4)])
            .Bytes;

        (int code, Line[] lines, _) = await RunAsync(file);

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(
            [
                new Line(1, "10.1.2.3:40001", "10.1.2.4:8583", CaptureBuilder.TimeOf(1), ""),
                new Line(2, "10.1.2.4:8583", "10.1.2.3:40001", CaptureBuilder.TimeOf(2), ""),
                new Line(3, "[2001:db8::1]:40001", "[2001:db8::2]:8583", CaptureBuilder.TimeOf(3), ""),
                new Line(4, "[2001:db8::1]:40001", "[2001:db8::2]:8583", CaptureBuilder.TimeOf(3), ""),
            ],
            lines);
    }

    /// <summary>
    /// Whatever the order, the cuts, the repeats and the overlaps: the same messages, once each and in order. The
    /// numbers wrap on the way.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Decode_SegmentsInAnyOrder_GivesMessagesInOrder(int seed)
    {
        const int Messages = 60;
        var random = new Random(seed);
        byte[] stream = [.. Enumerable.Range(1, Messages).SelectMany(Frame)];
        var segments = new List<(int Start, int End)>();
        for (int at = 0; at < stream.Length;)
        {
            int end = Math.Min(stream.Length, at + random.Next(1, 200));
            segments.Add((random.Next(3) == 0 ? Math.Max(0, at - random.Next(100)) : at, end));
            at = end;
        }

        (int, int)[] order = [.. segments.Select((segment, index) => (segment, place: index + random.Next(8)))
            .OrderBy(one => one.place).Select(one => one.segment)];
        const uint First = uint.MaxValue - 2000;
        var builder = new CaptureBuilder();
        builder.Tcp(Acquirer, Switch8583, First - 1, [], CaptureBuilder.Syn);
        foreach ((int start, int end) in order)
        {
            builder.Tcp(Acquirer, Switch8583, unchecked(First + (uint)start), stream.AsSpan(start, end - start));
            if (random.Next(5) == 0)
            {
                builder.Tcp(Acquirer, Switch8583, unchecked(First + (uint)start), stream.AsSpan(start, end - start));
            }
        }

        (int code, Line[] lines, _) = await RunAsync(builder.Bytes);

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(Enumerable.Range(1, Messages), lines.Select(line => line.Stan));
    }

    [Fact]
    public async Task Decode_LostSegment_SaysSoAndGoesOn()
    {
        byte[] cut = Frame(2);
        byte[] file = new CaptureBuilder()
            .Tcp(Acquirer, Switch8583, 1, [.. Frame(1), .. cut[..50]])
            .Tcp(Acquirer, Switch8583, (uint)(1 + Frame(1).Length + cut.Length), Frame(3))
            .Bytes;

        (int code, Line[] lines, _) = await RunAsync(file);

        Assert.Equal(ExitCode.Problems, code);
        Assert.Equal([1, 0, 3], lines.Select(line => line.Stan));
        Assert.Equal("Bytes are missing in the capture; the 50 bytes before them are not a frame.", lines[1].Error);
    }

    /// <summary>Behind a hole that nothing fills there waits so much and no more.</summary>
    [Fact]
    public async Task Decode_HoleNeverFilled_IsGivenUpBeforeTheEnd()
    {
        var builder = new CaptureBuilder();
        builder.Tcp(Acquirer, Switch8583, 1, Frame(1));
        uint next = (uint)(2 + Frame(1).Length); // One byte is missing.
        for (int i = 2; i < 12_000; i++)
        {
            builder.Tcp(Acquirer, Switch8583, next, Frame(i));
            next += (uint)Frame(i).Length;
        }

        builder.Tcp(Switch8583, Acquirer, 1, Frame(77));
        (_, Line[] lines, _) = await RunAsync(builder.Bytes);

        // What the other side said last does not come after everything that waited for the end.
        Assert.Equal(12_001, lines.Length);
        Assert.Equal(77, lines[^1].Stan);
        Assert.Single(lines, line => line.Error.Length > 0);
    }

    [Fact]
    public async Task Decode_NoFrame_SaysWhyAndTakesUpTheNextSegment()
    {
        byte[] file = new CaptureBuilder()
            .Tcp(Acquirer, Switch8583, 1, "GET / HTTP/1.1"u8)
            .Tcp(Acquirer, Switch8583, 15, Frame(1))
            .Bytes;

        (int code, Line[] lines, _) = await RunAsync(file, "--framing", "vap");

        Assert.Equal(ExitCode.Problems, code);
        Assert.Contains(
            "vap: the bytes ........ at byte 0 do not start a frame", lines[0].Error, StringComparison.Ordinal);
        Assert.Equal(2, lines.Length);
    }

    /// <summary>A capture begins anywhere: what is no frame may be digits of a card, or a PIN block.</summary>
    [Theory]
    [InlineData("vap", "4000001234567899")]
    [InlineData("len4-ascii", "4000001234567899")]
    [InlineData("len2", "\u007f\u007f4000001234567899")]
    public async Task Decode_NoFrame_ShowsItsBytesOnlyUnmasked(string framing, string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        byte[] file = new CaptureBuilder().Tcp(Acquirer, Switch8583, 1, bytes).Bytes;
        string start = Convert.ToHexString(bytes, 0, 4);

        (_, Line[] masked, _) = await RunAsync(file, "--framing", framing);
        (_, Line[] plain, _) = await RunAsync(file, "--framing", framing, "--unmask");

        Assert.DoesNotContain(start, Assert.Single(masked).Error, StringComparison.Ordinal);
        Assert.Contains(start, Assert.Single(plain).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decode_FrameNotWhole_SaysSoAtTheEnd()
    {
        byte[] file = new CaptureBuilder().Tcp(Acquirer, Switch8583, 1, [.. Frame(1), .. Frame(2)[..9]]).Bytes;

        (int code, Line[] lines, _) = await RunAsync(file);

        Assert.Equal(ExitCode.Problems, code);
        Assert.Equal([1, 0], lines.Select(line => line.Stan));
        Assert.Contains("is longer than the 9 bytes of the input", lines[1].Error, StringComparison.Ordinal);
    }

    /// <summary>The same ports again: what the first connection left over is not put before the second's.</summary>
    [Fact]
    public async Task Decode_ConnectionAgain_BeginsAnew()
    {
        byte[] file = new CaptureBuilder()
            .Tcp(Acquirer, Switch8583, 100, [], CaptureBuilder.Syn)
            .Tcp(Acquirer, Switch8583, 100, [], CaptureBuilder.Syn)
            .Tcp(Acquirer, Switch8583, 101, [.. Frame(1), .. Frame(2)[..20]])
            .Tcp(Acquirer, Switch8583, 5_000, [], CaptureBuilder.Syn)
            .Tcp(Acquirer, Switch8583, 5_001, Frame(3))
            .Bytes;

        (_, Line[] lines, _) = await RunAsync(file);

        Assert.Equal([1, 0, 3], lines.Select(line => line.Stan));
    }

    [Fact]
    public async Task Decode_Port_PassesOverTheOthers()
    {
        byte[] file = new CaptureBuilder()
            .Tcp(Acquirer, IPEndPoint.Parse("10.1.2.4:9999"), 1, Frame(1))
            .Tcp(Acquirer, Switch8583, 1, Frame(2))
            .Packet([1, 2, 3])
            .Bytes;

        (int code, Line[] lines, _) = await RunAsync(file, "--port", "8583");
        (int none, _, string error) = await RunAsync(file, "--port", "1");

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal([2], lines.Select(line => line.Stan));
        Assert.Equal(ExitCode.Usage, none);
        Assert.Contains("no TCP of port 1 in its 3 packets", error, StringComparison.Ordinal);
    }

    /// <summary>Who spoke first is not who was silent longest.</summary>
    [Fact]
    public async Task Decode_ManyConnections_KeepsTheOneThatStillSpeaks()
    {
        byte[] frame = Frame(9);
        var builder = new CaptureBuilder().Tcp(Acquirer, Switch8583, 1, frame.AsSpan(0, 5));
        for (int i = 0; i < DecodeCapture.FlowsMax + 10; i++)
        {
            if (i == DecodeCapture.FlowsMax - 1)
            {
                builder.Tcp(Acquirer, Switch8583, 6, frame.AsSpan(5, 15));
            }

            builder.Tcp(new IPEndPoint(0x0A000001, 1024 + i), Switch8583, 1, Frame(1));
        }

        (int code, Line[] lines, _) = await RunAsync(builder.Tcp(Acquirer, Switch8583, 21, frame.AsSpan(20)).Bytes);

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(9, lines[^1].Stan);
    }

    /// <summary>More directions than are followed at once: each still gives its whole messages.</summary>
    [Fact]
    public async Task Decode_ManyConnections_ForgetsTheOldest()
    {
        const int Connections = DecodeCapture.FlowsMax + 500;
        var builder = new CaptureBuilder();
        for (int i = 0; i < Connections; i++)
        {
            builder.Tcp(new IPEndPoint(0x0A000001, 1024 + i), Switch8583, 1, [.. Frame(1), 0]);
        }

        (int code, Line[] lines, _) = await RunAsync(builder.Bytes);

        Assert.Equal(ExitCode.Problems, code);
        Assert.Equal(Connections, lines.Count(line => line.Stan == 1));
        Assert.Equal(Connections, lines.Count(line => line.Error.Length > 0));
    }

    [Theory]
    [InlineData(CaptureForm.Pcap)]
    [InlineData(CaptureForm.PcapNgBig)]
    public async Task Decode_CutAnywhere_GivesWhatWasWhole(CaptureForm form)
    {
        byte[] file = new CaptureBuilder(form).Tcp(Acquirer, Switch8583, 1, Frame(1))
            .Tcp(Acquirer, Switch8583, (uint)(1 + Frame(1).Length), Frame(2)).Bytes;
        for (int size = 0; size < file.Length; size += size < 200 ? 1 : 17)
        {
            (int code, Line[] lines, string error) = await RunAsync(file[..size]);

            Assert.True(code is ExitCode.Done or ExitCode.Usage);
            Assert.Equal(Enumerable.Range(1, lines.Length), lines.Select(line => line.Stan));
            Assert.Equal(code == ExitCode.Usage, lines.Length == 0);
            Assert.True(code == ExitCode.Done || error.StartsWith("--pcap: ", StringComparison.Ordinal)
                || error.StartsWith("Warning: the capture ends inside a packet.", StringComparison.Ordinal));
        }
    }

    /// <summary>Any bytes: an answer, and no unexpected exception.</summary>
    [Theory]
    [InlineData(CaptureForm.PcapBig)]
    [InlineData(CaptureForm.PcapNg)]
    public async Task Decode_DamagedAnywhere_EndsInAnAnswer(CaptureForm form)
    {
        byte[] file = new CaptureBuilder(form).Tcp(Acquirer, Switch8583, 1, Frame(1))
            .Tcp(Acquirer6, Switch6, 1, Frame(2)).Tcp(Acquirer6, Switch6, 900, Frame(3)).Bytes;
        var random = new Random(8583);
        for (int round = 0; round < 200; round++)
        {
            byte[] damaged = [.. file];
            for (int count = random.Next(1, 6); count > 0; count--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            (int code, _, string error) = await RunAsync(damaged);

            Assert.InRange(code, ExitCode.Done, ExitCode.Usage);
            Assert.True(code != ExitCode.Usage || error.Contains("--pcap: ", StringComparison.Ordinal), error);
        }
    }

    [Theory]
    [InlineData("", "The file is empty")]
    [InlineData("0A", "The file is empty")]
    [InlineData("30383030", "neither pcap nor pcapng")]
    [InlineData("D4C3B2A1020004", "is truncated inside its header")]
    [InlineData("0A0D0D0A1C0000004D3C2B1B", "no byte order")]
    [InlineData("0A0D0D0A040000004D3C2B1A", "A block claims 4 bytes")]
    [InlineData("0A0D0D0AFFFFFF7F4D3C2B1A", "claims 2147483647 bytes")]
    public async Task Decode_NoCapture_ExitsWithTwo(string hex, string expected)
    {
        (int code, _, string error) = await RunAsync(Convert.FromHexString(hex));

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decode_WithoutFraming_ExitsWithTwo()
    {
        CommandRun run = await CommandRun.OfAsync("decode", "--pcap", "a.pcap");
        CommandRun missing = await CommandRun.OfAsync("decode", "--pcap", "nowhere.pcap", "--framing", "len2");

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("--framing", run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, missing.Code);
    }

    /// <summary>It begins in the middle of a message, whose bytes claim a length that never comes.</summary>
    [Fact]
    public async Task Decode_CaptureFromMidMessage_GoesOnAtTheNextSegmentThatBeginsAFrame()
    {
        byte[] capture = await File.ReadAllBytesAsync(Cases.PathOf("capture-mid-message.pcap"));

        (int code, Line[] lines, _) = await RunAsync(capture);

        Assert.Equal(ExitCode.Problems, code);
        Assert.Equal([0, 4], lines.Select(line => line.Stan));
        Assert.Equal("The 158 bytes before this segment do not start a message.", lines[0].Error);
    }

    /// <summary>The frame after which it goes on may itself be cut into segments.</summary>
    [Fact]
    public async Task Decode_MidMessageThenCutFrames_GoesOnToo()
    {
        byte[] cut = Frame(3);
        byte[] file = new CaptureBuilder()
            .Tcp(Acquirer, Switch8583, 1, Frame(1).AsSpan(30))
            .Tcp(Acquirer, Switch8583, 28, cut.AsSpan(0, 5))
            .Tcp(Acquirer, Switch8583, 33, cut.AsSpan(5))
            .Tcp(Acquirer, Switch8583, 85, Frame(4))
            .Bytes;

        (_, Line[] lines, _) = await RunAsync(file);

        Assert.Equal([0, 3, 4], lines.Select(line => line.Stan));
    }

    /// <summary>Where the frames are right and the dialect is not, each message says so.</summary>
    [Fact]
    public async Task Decode_WrongDialectWithoutTheBeginning_ShowsEachFault()
    {
        byte[] file = new CaptureBuilder()
            .Tcp(Acquirer, Switch8583, 1, Frame(1))
            .Tcp(Acquirer, Switch8583, 58, Frame(2))
            .Bytes;

        (int code, Line[] lines, _) = await RunAsync(file, "--dialect", "iso87-ebcdic");

        Assert.Equal(ExitCode.Problems, code);
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.Contains("BadMti", line.Error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Decode_AsTable_ShowsTimeAndEnds()
    {
        string file = Write("a.pcap", new CaptureBuilder().Tcp(Acquirer, Switch8583, 1, Frame(1)).Bytes);

        CommandRun run = await CommandRun.OfAsync("decode", "--pcap", file, "--framing", "len2");

        Assert.StartsWith(
            "2023-11-14 22:13:20.000000  10.1.2.3:40001 -> 10.1.2.4:8583", run.Output, StringComparison.Ordinal);
        Assert.Contains("0800 network management request, iso87-ascii", run.Output, StringComparison.Ordinal);
    }

    /// <summary>What Wireshark's own tools make of it: other formats, and a capture of their making.</summary>
    [NeedsFact("editcap")]
    public async Task Decode_ByEditcap_GivesTheSame()
    {
        byte[] bytes = new CaptureBuilder().Tcp(Acquirer, Switch8583, 1, Frame(1))
            .Tcp(Switch8583, Acquirer, 1, Frame(2)).Bytes;
        (_, Line[] expected, _) = await RunAsync(bytes);
        string file = Write("in.pcap", bytes);
        foreach (string form in (string[])["pcapng", "nsecpcap", "modpcap"])
        {
            string other = Path.Combine(_folder.FullName, form);
            RunTool("editcap", "-F", form, file, other);

            (int code, Line[] lines, string error) = await RunAsync(await File.ReadAllBytesAsync(other));

            if (form == "modpcap")
            {
                Assert.Equal(ExitCode.Usage, code); // Another magic, another layout: refused, not misread.
                Assert.Contains("neither pcap nor pcapng", error, StringComparison.Ordinal);
                continue;
            }

            Assert.Equal(ExitCode.Done, code);
            Assert.Equal(expected, lines);
        }
    }

    [NeedsFact("text2pcap")]
    public async Task Decode_ByText2pcap_GivesItsMessages()
    {
        var dump = new StringBuilder();
        foreach (int stan in (int[])[1, 2])
        {
            byte[] frame = Frame(stan);
            dump.Append("000000");
            foreach (byte value in frame)
            {
                dump.Append(' ').Append(value.ToString("x2"));
            }

            dump.AppendLine();
        }

        string text = Write("frames.txt", Encoding.ASCII.GetBytes(dump.ToString()));
        string file = Path.Combine(_folder.FullName, "theirs.pcapng");
        RunTool("text2pcap", "-q", "-T", "40000,8583", text, file);

        (int code, Line[] lines, string error) = await RunAsync(await File.ReadAllBytesAsync(file));

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal([1, 2], lines.Select(line => line.Stan));
        Assert.EndsWith(":8583", lines[0].To, StringComparison.Ordinal);
    }

    private static byte[] Frame(int stan)
    {
        byte[] message = Encoding.ASCII.GetBytes($"080082200000000000000400000000000000" + $"1122140154{stan:D6}301");
        return [(byte)(message.Length >> 8), (byte)message.Length, .. message];
    }

    private async Task<(int Code, Line[] Lines, string Error)> RunAsync(byte[] capture, params string[] options)
    {
        string[] framing = options.Contains("--framing") ? [] : ["--framing", "len2"];
        CommandRun run = await CommandRun.OfAsync(
            ["decode", "--json", "--pcap", Write("capture", capture), .. framing, .. options]);
        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (run.Code, [.. lines.Select(Line.Of)], run.Error);
    }

    private string Write(string name, byte[] bytes)
    {
        string file = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(file, bytes);
        return file;
    }

    private static void RunTool(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool) { RedirectStandardError = true, RedirectStandardOutput = true };
        Array.ForEach(arguments, start.ArgumentList.Add);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.True(process.ExitCode == 0, error + output.Result);
    }

    /// <summary>What a line of JSON says; the trace number is 0 where it is an error.</summary>
    private sealed record Line(int Stan, string From, string To, DateTimeOffset Time, string Error)
    {
        public static Line Of(string json)
        {
            using var document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            bool isMessage = root.TryGetProperty("fields", out JsonElement fields)
                && fields.TryGetProperty("11", out _);
            return new Line(
                isMessage ? int.Parse(fields.GetProperty("11").GetString()!) : 0,
                root.GetProperty("from").GetString()!, root.GetProperty("to").GetString()!,
                root.GetProperty("time").GetDateTimeOffset(),
                root.TryGetProperty("error", out JsonElement error) ? error.GetProperty("reason").GetString()! : "");
        }
    }
}
