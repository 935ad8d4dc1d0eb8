using System.IO.Pipelines;

namespace Switch.Host.Connections;

/// <summary>A feature of connections that are read on one thread, for what is to run there as well.</summary>
internal interface IReadingThread
{
    /// <summary>Runs what it is given on that thread, one thing after the other: for one user, who waits for each to
    /// run before it gives the next.</summary>
    PipeScheduler NewScheduler();
}
