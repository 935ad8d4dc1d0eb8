using Switch.Routing.Operations;

namespace Switch.Host.Connections;

/// <summary>A person's command on its way to the core, and its outcome on the way back.</summary>
internal sealed class PendingCommand(CoreCommand command)
{
    private readonly TaskCompletionSource<CoreCommandResult> _completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CoreCommand Command { get; } = command;

    /// <summary>What came of it. Core thread.</summary>
    public CoreCommandResult Result { get; set; }

    /// <summary>Completes when it is done and durable, or will not be.</summary>
    public Task<CoreCommandResult> Completion => _completion.Task;

    public void Complete(CoreCommandResult result) => _completion.TrySetResult(result);
}
