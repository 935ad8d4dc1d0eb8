using Switch.Host.Connections;

namespace Switch.Tests.Support;

/// <summary>
/// A fact that needs many open files, here and in the switch's own process; where fewer are allowed the test is
/// skipped, and the reason says how many.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsFilesFactAttribute : FactAttribute
{
    public NeedsFilesFactAttribute(int files)
    {
        Files = files;
        int allowed = Descriptors.RaiseLimit();
        if (allowed < files)
        {
            Skip = $"needs {files} open files a process; this one may have {allowed}";
        }
    }

    public int Files { get; }
}
