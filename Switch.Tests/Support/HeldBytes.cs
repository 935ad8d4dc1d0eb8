using System.Reflection;

namespace Switch.Tests.Support;

/// <summary>The byte arrays that an object keeps for itself, so that a test can see what is left in them.</summary>
internal static class HeldBytes
{
    /// <param name="holder">Whose.</param>
    /// <param name="parts">Types of its parts that are looked into as well.</param>
    public static IReadOnlyList<byte[]> Of(object holder, params Type[] parts)
    {
        var found = new List<byte[]>();
        foreach (FieldInfo field in holder.GetType().GetFields(BindingFlags.Instance | BindingFlags.NonPublic))
        {
            object? value = field.GetValue(holder);
            if (value is byte[] bytes)
            {
                found.Add(bytes);
            }
            else if (value is not null && parts.Contains(value.GetType()))
            {
                found.AddRange(Of(value, parts));
            }
        }

        return found;
    }

    /// <summary>Whether any of them holds anything but zeros.</summary>
    public static bool HoldAnything(this IEnumerable<byte[]> arrays) =>
        arrays.Any(static array => array.AsSpan().ContainsAnyExcept((byte)0));
}
