using System.Globalization;
using System.Reflection;

namespace Switch.Host.Stores.Schema;

/// <summary>
/// The schema's versions, each a script in the program: <c>Sqlite/001-initial.sql</c>. Forward only: a script that was
/// ever shipped is never changed, the next one follows.
/// </summary>
internal static class Migrations
{
    /// <summary>Scripts of a provider above a version, in order.</summary>
    public static IEnumerable<(int Version, string Sql)> After(string provider, int version)
    {
        Assembly assembly = typeof(Migrations).Assembly;
        return
            from name in assembly.GetManifestResourceNames()
            where name.StartsWith($"{provider}/", StringComparison.Ordinal)
            let number = int.Parse(name.AsSpan(provider.Length + 1, 3), CultureInfo.InvariantCulture)
            where number > version
            orderby number
            select (number, Read(assembly, name));
    }

    /// <summary>Refuses a store of a newer program: it may mean other things by the same names.</summary>
    public static void RequireKnown(int version)
    {
        if (version > StoreSchema.Version)
        {
            throw new StoreRefusedException(
                $"The store has schema version {version}; this program knows {StoreSchema.Version}. "
                + "Use the newer program.");
        }
    }

    private static string Read(Assembly assembly, string name)
    {
        using Stream stream = assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
