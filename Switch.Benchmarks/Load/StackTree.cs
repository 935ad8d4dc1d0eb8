namespace Switch.Benchmarks.Load;

/// <summary>Sampled stacks, joined from their roots: each thread's name, and below it what calls what.</summary>
internal sealed class StackTree(string name)
{
    private readonly Dictionary<string, StackTree> _calls = new(StringComparer.Ordinal);

    public string Name { get; } = name;

    /// <summary>Samples in it and in what it calls.</summary>
    public long Samples { get; private set; }

    public IEnumerable<StackTree> Calls => _calls.Values.OrderBy(static call => call.Name, StringComparer.Ordinal);

    /// <summary>
    /// Reads what <c>perf script -F comm,tid,ip,sym</c> prints: a line with the thread, one for each frame from the
    /// innermost out, and an empty line.
    /// </summary>
    public static StackTree Parse(IEnumerable<string> lines)
    {
        var root = new StackTree("all");
        var frames = new List<string>();
        string? thread = null;
        foreach (string line in lines.Append(""))
        {
            if (line.Length == 0)
            {
                if (thread is not null)
                {
                    root.Add(thread, frames);
                }

                thread = null;
                frames.Clear();
            }
            else if (thread is null)
            {
                string name = line.TrimEnd();
                thread = name[..name.LastIndexOf(' ')].TrimEnd();
            }
            else
            {
                string frame = line.TrimStart();
                frames.Add(Short(frame[(frame.IndexOf(' ') + 1)..]));
            }
        }

        return root;
    }

    /// <summary>Functions by the time spent in themselves, in percent of all samples.</summary>
    public IReadOnlyDictionary<string, double> HottestPercent(int countMax)
    {
        var own = new Dictionary<string, long>(StringComparer.Ordinal);
        AddOwn(own);
        return own.OrderByDescending(static entry => entry.Value).Take(countMax).ToDictionary(
            static entry => entry.Key, entry => Math.Round(entry.Value * 100.0 / Math.Max(Samples, 1), 2));
    }

    /// <summary>Class and method of a name of the just-in-time compiler; any other as it is.</summary>
    public static string Short(string symbol)
    {
        int arguments = symbol.IndexOf('(', StringComparison.Ordinal);
        int member = symbol.IndexOf("::", StringComparison.Ordinal);
        if (member < 0 || arguments < member)
        {
            return symbol;
        }

        string name = symbol[..arguments];
        name = name[(name.LastIndexOf("] ", member, StringComparison.Ordinal) is var end and >= 0 ? end + 2 : 0)..];
        member = name.IndexOf("::", StringComparison.Ordinal);
        int space = name.LastIndexOf('.', Math.Max(member - 1, 0));
        return space < 0 ? name : name[(space + 1)..];
    }

    private void Add(string thread, List<string> frames)
    {
        Samples++;
        StackTree at = Enter(thread);
        for (int i = frames.Count - 1; i >= 0; i--)
        {
            at = at.Enter(frames[i]);
        }
    }

    private StackTree Enter(string name)
    {
        if (!_calls.TryGetValue(name, out StackTree? call))
        {
            call = new StackTree(name);
            _calls.Add(name, call);
        }

        call.Samples++;
        return call;
    }

    private void AddOwn(Dictionary<string, long> own)
    {
        long called = 0;
        foreach (StackTree call in _calls.Values)
        {
            called += call.Samples;
            call.AddOwn(own);
        }

        if (Samples > called)
        {
            own[Name] = own.GetValueOrDefault(Name) + Samples - called;
        }
    }
}
