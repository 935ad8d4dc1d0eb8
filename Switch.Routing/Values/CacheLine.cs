using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Switch.Routing.Values;

/// <summary>
/// Asks the processor to fetch memory before it is looked at. It changes nothing but the time that the look takes, so
/// the core stays deterministic with it. The only unsafe code of this assembly (a test holds that).
/// </summary>
internal static class CacheLine
{
    /// <summary>Begins to fetch the line of a place, and does not wait for it.</summary>
    public static unsafe void Prefetch<T>(ref T place)
        where T : struct
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref place)); // Where the collector moves it meanwhile, another line comes.
        }
    }
}
