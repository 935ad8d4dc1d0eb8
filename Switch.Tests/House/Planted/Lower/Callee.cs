using Switch.Tests.House.Planted.Bottom;
using Switch.Tests.House.Planted.Upper;

namespace Switch.Tests.House.Planted.Lower;

/// <summary>Points upward where no signature shows it: in a lambda of an async method.</summary>
internal sealed class Callee
{
    public Leaf Answer() => new(GetHashCode());

    public async Task<int> CountAsync(IEnumerable<int> numbers)
    {
        await Task.Yield();
        return numbers.Count(number => new Caller(this).Ask().Value == number);
    }
}
