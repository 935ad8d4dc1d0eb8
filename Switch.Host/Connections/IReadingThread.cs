using System.IO.Pipelines;

namespace Switch.Host.Connections;

/// <summary>A feature of connections that are read on one thread, for what is to run there as well.</summary>
internal interface IReadingThread
{
    /// <summary>Runs what it is given on that thread, one thing after the other: for one user, who waits for each to
    /// run before it gives the next.</summary>
    PipeScheduler NewScheduler();

    /// <summary>
    /// From now on the connection is read in turns with those of other groups, by weight, and not at once: so one group
    /// that sends without an end delays what another sends by little.
    /// </summary>
    /// <param name="group">From 0 on; the index of an acquirer.</param>
    /// <param name="weight">At least 1; twice of it is read twice as much when all wait.</param>
    void ReadInTurn(int group, int weight);
}
