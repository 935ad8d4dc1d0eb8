using Switch.Protocol.Fields;

namespace Switch.Protocol.Composites;

/// <summary>What is hidden in a field besides what is sensitive by its number or tag.</summary>
/// <param name="IsPrivate">Of a private field: what its dialect does not declare.</param>
/// <param name="HidesNumbers">What holds as many digits as a card number: see <see cref="LongNumber"/>.</param>
public readonly record struct PartMask(bool IsPrivate, bool HidesNumbers);
