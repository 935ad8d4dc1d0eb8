using System.Runtime.CompilerServices;

namespace Switch.Host.Memory;

/// <summary>
/// Calls that have returned leave in the stack what they worked on: a vector of a field's characters, registers that
/// the runtime saved. While a thread works, the next call writes over it; before it waits, it sweeps, so that a thread
/// that has seen a card does not keep its digits for as long as it is idle.
/// </summary>
internal static class StackSweep
{
    /// <summary>
    /// How far below the caller, in bytes: several times what reading, deciding or writing a message takes. It costs a
    /// tenth of a microsecond.
    /// </summary>
    public const int Depth = 8 * 1024;

    /// <summary>Zeroes the stack of this thread below the caller.</summary>
    [SkipLocalsInit] // Else it would be zeroed twice.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Below()
    {
        Span<byte> room = stackalloc byte[Depth];
        room.Clear();
    }
}
