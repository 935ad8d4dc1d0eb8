using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Switch.Host.Admin;

/// <summary>
/// The connections of the admin listener. At the bound the one that has been idle for longest gives way, so that idle
/// ones, however many, keep no probe from asking for the switch's health. Any thread.
/// </summary>
internal sealed class AdminConnections
{
    /// <summary>A scraper or two and a person: more is a mistake or an attack, and must not cost memory.</summary>
    public const int Max = 64;

    private static readonly object Key = new();

    private readonly Lock _gate = new();
    private readonly LinkedList<Place> _idle = [];
    private int _count;

    /// <summary>Around the life of a connection.</summary>
    public async Task OnConnectionAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var place = new Place(connection);
        if (!TryEnter(place, out Place? displaced))
        {
            connection.Abort();
            return;
        }

        displaced?.Connection.Abort(new ConnectionAbortedException("Closed as the connection that was idle longest, "
            + "to accept a new one."));
        connection.Items[Key] = place;
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            Leave(place);
        }
    }

    /// <summary>Around a request: its connection is not idle.</summary>
    public async Task OnRequestAsync(HttpContext context, RequestDelegate next)
    {
        var place = (Place)context.Features.GetRequiredFeature<IConnectionItemsFeature>().Items[Key]!;
        Occupy(place);
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            Release(place);
        }
    }

    private bool TryEnter(Place place, out Place? displaced)
    {
        displaced = null;
        lock (_gate)
        {
            if (_count >= Max)
            {
                if (_idle.First is null)
                {
                    return false; // So many requests are being answered.
                }

                displaced = _idle.First.Value;
                Remove(displaced);
            }

            _idle.AddLast(place.Node);
            _count++;
            return true;
        }
    }

    private void Occupy(Place place)
    {
        lock (_gate)
        {
            if (place.Node.List is not null)
            {
                _idle.Remove(place.Node);
            }
        }
    }

    private void Release(Place place)
    {
        lock (_gate)
        {
            if (!place.IsGone)
            {
                _idle.AddLast(place.Node);
            }
        }
    }

    private void Leave(Place place)
    {
        lock (_gate)
        {
            Remove(place);
        }
    }

    private void Remove(Place place)
    {
        if (!place.IsGone)
        {
            place.IsGone = true;
            _count--;
            if (place.Node.List is not null)
            {
                _idle.Remove(place.Node);
            }
        }
    }

    private sealed class Place
    {
        public Place(ConnectionContext connection)
        {
            Connection = connection;
            Node = new LinkedListNode<Place>(this);
        }

        public ConnectionContext Connection { get; }

        public LinkedListNode<Place> Node { get; }

        public bool IsGone { get; set; }
    }
}
