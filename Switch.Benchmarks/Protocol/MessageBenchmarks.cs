using System.Text;
using BenchmarkDotNet.Attributes;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Benchmarks.Protocol;

/// <summary>
/// What it costs to find and check the fields of a purchase, and to send it on, against copying the same bytes: the
/// least that anything between two sockets can do.
/// </summary>
[MemoryDiagnoser]
public class MessageBenchmarks
{
    private static readonly CardTokenizer Tokenizer = new(new byte[32]);
    private static readonly CardTokenizer ByLibrary = new(new byte[32], AesPath.Library);
    private static readonly FormerCardTokenizer Former = new(new byte[32]);

    private readonly MessageComposer _composer = new(2048);
    private readonly Message _received = new(2048);
    private readonly Message _loaded = new(2048);
    private readonly byte[] _copy = new byte[2048];
    private readonly byte[] _image = new byte[FieldImage.SizeMax(2048)];
    private Dialect _dialect = null!;
    private Dialect _other = null!;
    private byte[] _bytes = [];
    private FieldSet _keep;

    [Params("iso87-ascii", "iso87-binary", "iso87-ebcdic")]
    public string Dialect { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _dialect = Switch.Protocol.Dialects.Dialect.Get(Dialect);
        _other = Switch.Protocol.Dialects.Dialect.Get(Dialect == "iso87-ascii" ? "iso87-binary" : "iso87-ascii");
        _bytes = Purchase.Encode(_dialect);
        _keep = Retention.StorableFromRequest(_dialect);
        if (!_loaded.TryLoad(_dialect, _bytes, out ParseFault fault) || _loaded.Fields.Count != 20)
        {
            throw new InvalidOperationException(fault.ToString());
        }
    }

    [Benchmark(Baseline = true)]
    public int Copy()
    {
        _bytes.AsSpan().CopyTo(_copy);
        return _copy[10];
    }

    /// <summary>Copy, find twenty fields, check the content of each.</summary>
    [Benchmark]
    public bool Load() => _received.TryLoad(_dialect, _bytes, out _);

    /// <summary>Same dialect on both sides: own STAN and transmission time.</summary>
    [Benchmark]
    public int Patch()
    {
        _composer.Start(_dialect, Mti.AuthorizationRequest);
        _composer.Take(_loaded);
        _composer.SetNumber(Field.Stan, 987654);
        _composer.Set(Field.TransmissionDateTime, "1122140155"u8);
        _composer.TryWrite(out ReadOnlySpan<byte> bytes, out _);
        return bytes.Length;
    }

    /// <summary>Same dialect with a field dropped: laid down field by field.</summary>
    [Benchmark]
    public int Rebuild()
    {
        _composer.Start(_dialect, Mti.AuthorizationRequest);
        _composer.Take(_loaded);
        _composer.Drop(Field.Expiry);
        _composer.SetNumber(Field.Stan, 987654);
        _composer.TryWrite(out ReadOnlySpan<byte> bytes, out _);
        return bytes.Length;
    }

    /// <summary>To the other dialect: every field converted.</summary>
    [Benchmark]
    public int Transcode()
    {
        _composer.Start(_other, Mti.AuthorizationRequest);
        _composer.Take(_loaded);
        _composer.SetNumber(Field.Stan, 987654);
        _composer.TryWrite(out ReadOnlySpan<byte> bytes, out _);
        return bytes.Length;
    }

    /// <summary>What the journal keeps of the message.</summary>
    [Benchmark]
    public int Image() => FieldImage.Write(_loaded, in _keep, _image);

    [Benchmark]
    public bool Token()
    {
        _loaded.TryGetPan(out Pan pan);
        return Tokenizer.Of(in pan).IsNone;
    }

    /// <summary>Where the processor has no AES instructions.</summary>
    [Benchmark]
    public bool TokenByLibrary()
    {
        _loaded.TryGetPan(out Pan pan);
        return ByLibrary.Of(in pan).IsNone;
    }

    /// <summary>The token of version 0.1, beside the new one while a journal bears any.</summary>
    [Benchmark]
    public bool FormerToken()
    {
        _loaded.TryGetPan(out Pan pan);
        return Former.Of(in pan).IsNone;
    }
}

/// <summary>A chip purchase of twenty fields with online PIN, as terminals send it.</summary>
internal static class Purchase
{
    private const string Icc = "9F2608A1B2C3D4E5F607089F360200428202390095050000008000";

    private static readonly (int Field, string Text)[] Fields =
    [
        (Field.Pan, "4000001234567899"),
        (Field.ProcessingCode, "000000"),
        (Field.Amount, "000000012345"),
        (Field.TransmissionDateTime, "1122140154"),
        (Field.Stan, "000123"),
        (Field.LocalTime, "230154"),
        (Field.LocalDate, "1122"),
        (Field.Expiry, "2812"),
        (Field.MerchantType, "5411"),
        (Field.EntryMode, "051"),
        (Field.ConditionCode, "00"),
        (Field.AcquirerId, "12345678901"),
        (Field.Track2, "4000001234567899=28122010000000000"),
        (Field.RetrievalReference, "532614000123"),
        (Field.TerminalId, "TERM0001"),
        (Field.MerchantId, "MERCHANT0000001"),
        (Field.MerchantName, "CORNER SHOP              TOKYO        JP"),
        (Field.Currency, "392"),
        (Field.PinData, "ABCDEFGH"),
    ];

    public static byte[] Encode(Dialect dialect)
    {
        var composer = new MessageComposer(2048);
        composer.Start(dialect, Mti.AuthorizationRequest);
        foreach ((int field, string text) in Fields)
        {
            composer.Set(field, Encoding.ASCII.GetBytes(text));
        }

        bool isBytes = dialect[Field.IccData]!.Kind == FieldKind.B;
        composer.Set(Field.IccData, isBytes ? Convert.FromHexString(Icc) : Encoding.ASCII.GetBytes(Icc));
        return composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault)
            ? bytes.ToArray()
            : throw new InvalidOperationException(fault.ToString());
    }
}
