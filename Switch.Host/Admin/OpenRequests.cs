using System.Security.Cryptography;

namespace Switch.Host.Admin;

/// <summary>An order that waits for another person.</summary>
/// <param name="Id">Random, so that one of before a restart is never one of after it.</param>
/// <param name="Order">What was requested, and by whom.</param>
/// <param name="Ends">When it is over without an answer.</param>
internal sealed record OpenRequest(string Id, AdminOrder Order, DateTimeOffset Ends);

/// <summary>Orders that wait for another person. In memory: a restart ends them all. Any thread.</summary>
internal sealed class OpenRequests(TimeProvider clock, TimeSpan time)
{
    /// <summary>At the bound a further one is refused: none gives way that another may be looking at.</summary>
    public const int CountMax = 64;

    private const int IdSize = 5;

    private readonly Lock _gate = new();
    private readonly List<OpenRequest> _open = [];

    /// <summary>How many wait now.</summary>
    public int Count => List().Count;

    /// <summary>Null: too many wait.</summary>
    public OpenRequest? Add(AdminOrder order)
    {
        lock (_gate)
        {
            DropOver();
            if (_open.Count >= CountMax)
            {
                return null;
            }

            var request = new OpenRequest(
                Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdSize)), order, clock.GetUtcNow() + time);
            _open.Add(request);
            return request;
        }
    }

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<OpenRequest> List()
    {
        lock (_gate)
        {
            DropOver();
            return [.. _open];
        }
    }

    /// <summary>Null: there is none, or it is over.</summary>
    public OpenRequest? Find(string id)
    {
        lock (_gate)
        {
            DropOver();
            return _open.Find(one => one.Id == id);
        }
    }

    /// <summary>Takes it out. False: another was quicker, or it is over.</summary>
    public bool TryTake(OpenRequest request)
    {
        lock (_gate)
        {
            DropOver();
            return _open.Remove(request);
        }
    }

    private void DropOver()
    {
        DateTimeOffset now = clock.GetUtcNow();
        _open.RemoveAll(one => one.Ends <= now);
    }
}
