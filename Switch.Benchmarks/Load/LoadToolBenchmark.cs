namespace Switch.Benchmarks.Load;

/// <summary>What the generator and its issuer themselves cost for one message, without sockets.</summary>
internal sealed class LoadToolBenchmark
{
    private readonly WireShape _shape = WireShape.Of("iso87-ascii");
    private readonly IssuerReply _issuer;
    private readonly MessageTemplate _template;
    private readonly FieldPlaces _places = new();
    private readonly byte[] _frame = new byte[2_048];
    private readonly byte[] _answer = new byte[2_048];
    private int _number;

    public LoadToolBenchmark()
    {
        _issuer = new IssuerReply(_shape, new ResponderBook());
        _template = MessageTemplate.Request(_shape, headerSize: 0, isRepeat: false, padding: 0);
    }

    public int Exchange()
    {
        _number = (_number + 1) % 1_000_000;
        int size = _template.Write(_frame, new MessageFacts(4000001234567899, 100, 1122100000, 1, _number, 1));
        int answered = _issuer.Write(_frame.AsSpan(2, size - 2), _answer, isSilent: false);
        return _shape.TryIndex(_answer.AsSpan(0, answered), _places) ? answered : 0;
    }
}
