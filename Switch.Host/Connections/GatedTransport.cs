using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Switch.Host.Connections;

/// <summary>Kestrel's sockets behind an <see cref="AcceptGate"/>: nothing is accepted while there is no room.</summary>
internal sealed class GatedTransport(IConnectionListenerFactory inner, AcceptGate gate)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public async ValueTask<IConnectionListener> BindAsync(
        EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await inner.BindAsync(endpoint, cancellationToken).ConfigureAwait(false), gate);

    public bool CanBind(EndPoint endpoint) =>
        inner is not IConnectionListenerFactorySelector selector || selector.CanBind(endpoint);

    private sealed class Listener(IConnectionListener inner, AcceptGate gate) : IConnectionListener
    {
        private readonly TaskCompletionSource _unbound = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            await gate.WaitAsync(_unbound.Task).ConfigureAwait(false);
            ConnectionContext? accepted = await inner.AcceptAsync(cancellationToken).ConfigureAwait(false);
            if (accepted is null)
            {
                return null;
            }

            gate.Enter(DescriptorOf(accepted));
            return new Counted(accepted, gate);
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _unbound.TrySetResult();
            return inner.UnbindAsync(cancellationToken);
        }

        public ValueTask DisposeAsync()
        {
            _unbound.TrySetResult();
            return inner.DisposeAsync();
        }

        private static int DescriptorOf(ConnectionContext connection)
        {
            try
            {
                return (int)(connection.Features.Get<IConnectionSocketFeature>()?.Socket.Handle ?? -1);
            }
            catch (Exception gone) when (gone is ObjectDisposedException or SocketException)
            {
                return -1; // Its peer was quick: the descriptor is given back already.
            }
        }
    }

    /// <summary>A connection that tells the gate when it is over.</summary>
    private sealed class Counted(ConnectionContext inner, AcceptGate gate) : ConnectionContext
    {
        private int _isOver;

        public override IDuplexPipe Transport
        {
            get => inner.Transport;
            set => inner.Transport = value;
        }

        public override string ConnectionId
        {
            get => inner.ConnectionId;
            set => inner.ConnectionId = value;
        }

        public override IFeatureCollection Features => inner.Features;

        public override IDictionary<object, object?> Items
        {
            get => inner.Items;
            set => inner.Items = value;
        }

        public override EndPoint? LocalEndPoint
        {
            get => inner.LocalEndPoint;
            set => inner.LocalEndPoint = value;
        }

        public override EndPoint? RemoteEndPoint
        {
            get => inner.RemoteEndPoint;
            set => inner.RemoteEndPoint = value;
        }

        public override CancellationToken ConnectionClosed
        {
            get => inner.ConnectionClosed;
            set => inner.ConnectionClosed = value;
        }

        public override void Abort() => inner.Abort();

        public override void Abort(ConnectionAbortedException abortReason) => inner.Abort(abortReason);

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync().ConfigureAwait(false);
            await base.DisposeAsync().ConfigureAwait(false);
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
            {
                gate.Leave();
            }
        }
    }
}
