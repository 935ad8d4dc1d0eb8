using Switch.Tests.House.Planted.Bottom;
using Switch.Tests.House.Planted.Lower;

namespace Switch.Tests.House.Planted.Upper;

/// <summary>Names <see cref="Lower.Callee"/> in its signature; that names this only within a method.</summary>
internal sealed class Caller(Callee callee)
{
    public Leaf Ask() => callee.Answer();
}
