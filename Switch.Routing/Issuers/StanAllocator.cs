using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Settings;

namespace Switch.Routing.Issuers;

/// <summary>
/// Systems trace audit numbers (DE 11) of one issuer's legs: 1 to 999,999 in turn, passing over each one that is
/// still live, because a request or an owed message that bears it has not ended (docs/domain.md section 2.6). When
/// few are left, owed messages that differ in DE 7 share numbers among themselves.
/// </summary>
internal sealed class StanAllocator(int first = 1, int max = StanAllocator.Max)
{
    public const int Max = IssuerSettings.TraceNumbersHighest;

    private readonly ulong[] _live = new ulong[(max >> 6) + 1];
    private readonly ushort[] _sharers = new ushort[max + 1];
    private int _next = first;

    /// <summary>How many numbers are live.</summary>
    public int LiveCount { get; private set; }

    /// <summary>The highest number that is given out.</summary>
    public int Highest => max;

    /// <summary>How many numbers are not.</summary>
    public int FreeCount => max - LiveCount;

    /// <summary>Where <see cref="Take"/> looks first.</summary>
    public int Next => _next;

    /// <summary>Reads a reply's DE 11. False when it is not a number that could be one of ours.</summary>
    public static bool TryRead(Message reply, out int stan)
    {
        bool isRead = reply.TryGetNumber(Field.Stan, out long number) && number is >= 1 and <= Max;
        stan = isRead ? (int)number : 0;
        return isRead;
    }

    /// <summary>Takes the next number that is not live; 0 when every number is.</summary>
    public int Take()
    {
        if (LiveCount >= max)
        {
            return 0;
        }

        while (IsLive(_next))
        {
            Step();
        }

        int stan = _next;
        Step();
        Mark(stan);
        return stan;
    }

    /// <summary>Marks a number that recovery found in use, and goes on after it.</summary>
    public void Restore(int stan, bool live)
    {
        if (stan is >= 1 && stan <= max)
        {
            if (live && !IsLive(stan))
            {
                Mark(stan);
            }

            _next = stan;
            Step();
        }
    }

    /// <summary>How many messages bear a number; 1 also when a request or something owed names it.</summary>
    public int BearersOf(int stan) => IsLive(stan) ? 1 + _sharers[stan] : 0;

    /// <summary>
    /// One more owed message bears a live number: see <c>OwedNumbers</c>. It does not move the turn.
    /// </summary>
    public void Share(int stan) => _sharers[stan] = checked((ushort)(_sharers[stan] + 1));

    /// <summary>An owed message that a checkpoint has bears a number, perhaps not alone.</summary>
    public void Bear(int stan)
    {
        if (stan is < 1 || stan > max)
        {
            return;
        }

        if (IsLive(stan))
        {
            Share(stan);
        }
        else
        {
            Mark(stan);
        }
    }

    /// <summary>An owed message that bore a number has ended. The last one of them ends its use.</summary>
    public void ReleaseBearer(int stan)
    {
        if (stan is >= 1 && stan <= max && _sharers[stan] > 0)
        {
            _sharers[stan]--;
        }
        else
        {
            Release(stan);
        }
    }

    /// <summary>Marks a number that is named by something owed, wherever the turn stands.</summary>
    public void Hold(int stan)
    {
        if (stan is >= 1 && stan <= max && !IsLive(stan))
        {
            Mark(stan);
        }
    }

    /// <summary>Goes on at a number that was <see cref="Next"/>.</summary>
    public void GoOnAt(int next) => _next = Math.Clamp(next, 1, max);

    /// <summary>
    /// Ends the use of a number; ending it twice is harmless, also when owed messages share it by now.
    /// </summary>
    public void Release(int stan)
    {
        if (stan is >= 1 && stan <= max && IsLive(stan) && _sharers[stan] == 0)
        {
            _live[stan >> 6] &= ~(1UL << stan);
            LiveCount--;
        }
    }

    public bool IsLive(int stan) => (_live[stan >> 6] & (1UL << stan)) != 0;

    private void Mark(int stan)
    {
        _live[stan >> 6] |= 1UL << stan;
        LiveCount++;
    }

    private void Step() => _next = _next >= max ? 1 : _next + 1;
}
