using BenchmarkDotNet.Attributes;
using Switch.Protocol.Composites;
using Switch.Protocol.Emv;
using Switch.Protocol.Fields;

namespace Switch.Benchmarks.Protocol;

/// <summary>
/// What it costs to walk the chip data (DE 55) of a purchase, twenty objects with one template among them, and to take
/// out what may not be kept, against copying the same bytes.
/// </summary>
[MemoryDiagnoser]
public class TlvBenchmarks
{
    private const string Objects = "9F2608A1B2C3D4E5F60708" + "9F270180"
        + "9F10120110A00003220000000000000000000000FF" + "9F3704A1B2C3D4" + "9F36020042" + "95050000008000"
        + "9A03251122" + "9C0100" + "9F0206000000012345" + "5F2A020392" + "82023900" + "9F1A020392"
        + "9F0306000000000000" + "9F3303E0F8C8" + "9F34031E0300" + "9F350122" + "9F1E085445524331323334"
        + "8407A0000000031010" + "9F09020001" + "720F9F180400000001860600DA00000102";

    private readonly byte[] _data = Convert.FromHexString(Objects);
    private readonly byte[] _copy = new byte[512];

    /// <summary>Bytes of the chip data.</summary>
    public int Size => _data.Length;

    [GlobalSetup]
    public void Setup()
    {
        if (Walk() != 22 || Compose() != 20 || Scrub() != _data.Length)
        {
            throw new InvalidOperationException($"{Walk()}, {Compose()} and {Scrub()} are not what the data hold.");
        }
    }

    [Benchmark(Baseline = true)]
    public int Copy()
    {
        _data.AsSpan().CopyTo(_copy);
        return _copy[10];
    }

    /// <summary>Every object, those in templates too.</summary>
    [Benchmark]
    public int Walk() => Walk(_data);

    /// <summary>The same as a composite of the dialect: one level.</summary>
    [Benchmark]
    public int Compose()
    {
        int count = 0;
        var reader = new CompositeReader(CompositeSpec.IccData, _data);
        while (reader.TryRead())
        {
            count++;
        }

        return reader.Status == CompositeStatus.End ? count : -1;
    }

    /// <summary>What is done before chip data are kept.</summary>
    [Benchmark]
    public int Scrub() => IccData.TryScrub(_data, _copy, out int written) ? written : -1;

    private static int Walk(ReadOnlySpan<byte> data)
    {
        int count = 0;
        var reader = new BerTlvReader(data);
        while (reader.TryRead())
        {
            count += reader.IsConstructed ? 1 + Walk(reader.Value) : 1;
        }

        return count;
    }
}
