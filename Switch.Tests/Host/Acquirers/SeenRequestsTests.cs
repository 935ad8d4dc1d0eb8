using Switch.Host.Acquirers;
using Switch.Routing.Transactions;

namespace Switch.Tests.Host.Acquirers;

public sealed class SeenRequestsTests
{
    private const int Share = 1 << 14;

    [Fact]
    public void Note_SameKeyAgain_IsKnownUntilAShareOfOthersCame()
    {
        var seen = new SeenRequests(Share);
        var random = new Random(1);
        ulong[] keys = [.. Enumerable.Range(0, Share * 4).Select(_ => (ulong)random.NextInt64())];

        for (int i = 0; i < keys.Length; i++)
        {
            seen.Note(keys[i]);
            Assert.True(seen.Note(keys[Math.Max(0, i - (Share / 2) + 1)])); // Which counts as one that comes, too.
        }
    }

    [Fact]
    public void Note_NewKeys_AreRarelyTakenForKnown()
    {
        var seen = new SeenRequests(Share);
        var random = new Random(2);

        int mistaken = Enumerable.Range(0, Share * 8).Count(_ => seen.Note((ulong)random.NextInt64()));

        Assert.InRange(mistaken, 0, Share * 8 * 4 / 100);
    }

    /// <summary>
    /// The filters turn once while eight threads are at it; not twice, for a thread may sleep that long.
    /// </summary>
    [Fact]
    public void Note_ManyThreads_ForgetsNothing()
    {
        const int Threads = 8;
        var seen = new SeenRequests(Threads * Share);
        long forgotten = 0;
        long begun = 0;

        Parallel.For(0, Threads, thread =>
        {
            var random = new Random(thread);
            for (int i = 0; i < Share * 3 / 2; i++)
            {
                ulong key = (ulong)random.NextInt64();
                long before = Interlocked.Increment(ref begun);
                seen.Note(key);
                bool isKnown = seen.Note(key);

                // A thread that the machine held up in between may find that a whole share of others has come.
                bool mayForget = Interlocked.Read(ref begun) - before >= Share - 8;
                Interlocked.Add(ref forgotten, isKnown || mayForget ? 0 : 1);
            }
        });

        Assert.Equal(0, forgotten);
    }

    [Fact]
    public void RequestKey_OfARepeat_IsItsFirsts()
    {
        ulong acquirer = RequestKey.OfAcquirer("acq-a");

        ulong first = KeyOf(acquirer, 100, 7);

        Assert.Equal(first, KeyOf(acquirer, 101, 7));
        Assert.NotEqual(first, KeyOf(acquirer, 100, 8));
        Assert.NotEqual(first, KeyOf(acquirer, 200, 7));
        Assert.NotEqual(first, KeyOf(RequestKey.OfAcquirer("acq-b"), 100, 7));
    }

    private static ulong KeyOf(ulong acquirer, int mti, int stan)
    {
        var message = new Switch.Protocol.Messages.Message(2_048);
        Assert.True(message.TryLoad(EdgeParts.Ascii, EdgeParts.Message(mti, stan), out _));
        return RequestKey.Of(acquirer, message);
    }
}
