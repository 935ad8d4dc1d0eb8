using System.Text;
using Serilog.Sinks.File;
using Switch.Host.Files;

namespace Switch.Host.Telemetry;

/// <summary>A new log file belongs to its user alone; one that is there keeps the mode that somebody gave it.</summary>
internal sealed class OwnLogFile : FileLifecycleHooks
{
    public override Stream OnFileOpened(string path, Stream underlyingStream, Encoding encoding)
    {
        if (underlyingStream.Length == 0)
        {
            OwnFiles.Tighten(path);
        }

        return underlyingStream;
    }
}
