using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Switch.Host.Admin;

/// <summary>
/// The connections of one admin door. At the bound the one that has been idle for longest gives way, so that idle
/// ones, however many, keep no probe from asking for the switch's health. Any thread.
/// </summary>
/// <param name="max">Open at once. Each door has its own: what comes over the network keeps no one from the socket.
/// </param>
internal sealed class AdminConnections(int max)
{
    /// <summary>A console or two and scripts: more is a mistake or an attack, and must not cost memory.</summary>
    public const int Max = 64;

    /// <summary>Of the socket, and of the listener for metrics: together with <see cref="Max"/> what is kept free for
    /// all doors.</summary>
    public const int OthersMax = 32;

    private static readonly object Key = new();

    private readonly Lock _gate = new();
    private readonly LinkedList<Place> _idle = [];
    private int _count;

    /// <summary>Around the life of a connection.</summary>
    public async Task OnConnectionAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var place = new Place(connection, this);
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
    public static async Task OnRequestAsync(HttpContext context, RequestDelegate next)
    {
        var place = (Place)context.Features.GetRequiredFeature<IConnectionItemsFeature>().Items[Key]!;
        place.Door.Occupy(place);
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            place.Door.Release(place);
        }
    }

    private bool TryEnter(Place place, out Place? displaced)
    {
        displaced = null;
        lock (_gate)
        {
            if (_count >= max)
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
        public Place(ConnectionContext connection, AdminConnections door)
        {
            Connection = connection;
            Door = door;
            Node = new LinkedListNode<Place>(this);
        }

        public ConnectionContext Connection { get; }

        public AdminConnections Door { get; }

        public LinkedListNode<Place> Node { get; }

        public bool IsGone { get; set; }
    }
}
