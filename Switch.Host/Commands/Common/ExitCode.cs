namespace Switch.Host.Commands.Common;

/// <summary>What the process says to scripts when it ends. An interface: values never change.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The command ran and found problems.</summary>
    public const int Problems = 1;

    /// <summary>Wrong usage, or a configuration that cannot be used.</summary>
    public const int Usage = 2;

    /// <summary>The journal cannot be trusted or written (EX_SOFTWARE): do not restart blindly, look first.</summary>
    public const int Journal = 70;
}
