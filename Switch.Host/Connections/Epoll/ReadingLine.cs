namespace Switch.Host.Connections.Epoll;

/// <summary>
/// The connections of one loop that have something to read and are read in turns: of each group in turn by its weight
/// (deficit round robin in bytes), and within a group as they came. One round reads a bounded amount, so that what was
/// read is worked on before more is: what waits longer waits in the kernel, and holds its sender back.
/// </summary>
/// <remarks>Loop thread only.</remarks>
/// <typeparam name="T">A connection.</typeparam>
internal sealed class ReadingLine<T>
    where T : class
{
    /// <summary>
    /// Bytes of one round, about 80 messages: what a connection that has little to say waits for, where others never
    /// end. One read more may go beyond it.
    /// </summary>
    public const int RoundMax = 16 * 1024;

    // Of one group's turn, times its weight.
    private const int Quantum = 4 * 1024;

    // A read that brings less costs as much.
    private const int ReadLeast = 256;

    private readonly List<Group> _groups = [];
    private readonly Queue<Group> _turns = new();

    /// <summary>Connections that wait to be read.</summary>
    public int Count { get; private set; }

    /// <summary>It has something to read. Once for each connection, until it is read.</summary>
    /// <param name="group">From 0 on.</param>
    /// <param name="weight">Of the group, at least 1.</param>
    public void Add(int group, int weight, T connection)
    {
        while (_groups.Count <= group)
        {
            _groups.Add(new Group());
        }

        Group of = _groups[group];
        of.Weight = weight;
        of.Waiting.Enqueue(connection);
        Count++;
        if (of.Waiting.Count == 1)
        {
            of.Credit = 0;
            _turns.Enqueue(of);
        }
    }

    /// <summary>One round: calls <paramref name="read"/>, which says how many bytes it read.</summary>
    public void Serve(Func<T, int> read)
    {
        for (int left = RoundMax; left > 0 && _turns.TryPeek(out Group? group);)
        {
            if (group.Credit <= 0)
            {
                group.Credit += group.Weight * Quantum;
            }

            while (group.Credit > 0 && left > 0 && group.Waiting.TryDequeue(out T? connection))
            {
                Count--;
                int cost = Math.Max(read(connection), ReadLeast);
                group.Credit -= cost;
                left -= cost;
            }

            // A turn that the round ends is gone on with in the next round.
            bool isOver = group.Credit <= 0 || group.Waiting.Count == 0;
            if (isOver)
            {
                _turns.Dequeue();
            }

            if (isOver && group.Waiting.Count > 0)
            {
                _turns.Enqueue(group);
            }
        }
    }

    private sealed class Group
    {
        public Queue<T> Waiting { get; } = new();

        public int Weight { get; set; }

        public int Credit { get; set; }
    }
}
