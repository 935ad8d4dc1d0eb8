using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Tests.Protocol.Composites;

/// <summary>A partner's dialect with a composite of every kind, as private fields are laid out in the field.</summary>
internal static class CompositeSamples
{
    public const string Json = """
        {
          "name": "partner", "extends": "iso87-ascii",
          "fields": {
            "3": { "composite": { "kind": "positional", "fields": {
              "1": { "name": "Transaction type", "format": "n 2" },
              "2": { "name": "From account", "format": "n 2" },
              "3": { "name": "To account", "format": "n 2" } } } },
            "48": { "composite": { "kind": "tlv", "tag": "an 2", "length": 3, "sensitive": "92", "fields": {
              "01": { "name": "Product", "format": "ans 10" },
              "92": { "name": "Card verification code", "format": "n 4" },
              "77": { "name": "Wallet", "format": "ans 500", "composite": {
                "kind": "positional", "sensitive": "2", "fields": {
                  "1": { "name": "Wallet id", "format": "an 3" },
                  "2": { "name": "Secret", "format": "ans..20" },
                  "3": { "name": "Counter", "format": "n 4" } } } } } } },
            "60": { "composite": { "kind": "positional", "sensitive": "2,4", "fields": {
              "1": { "name": "Reason", "format": "n 3" },
              "2": { "name": "Code", "format": "n 3" },
              "3": { "name": "Text", "format": "ans..10" },
              "4": { "name": "Block", "format": "b 2", "encoding": "hex" },
              "5": { "name": "Fee", "format": "x+n 4" } } } },
            "61": { "format": "b...999", "composite": { "kind": "tlv", "tag": "b 1", "length": 2, "prefix": "bcd",
              "sensitive": "C1", "fields": { "01": { "name": "Text", "format": "ans 20" } } } },
            "62": { "format": "b...999", "composite": { "kind": "positional", "sensitive": "2", "fields": {
              "1": { "name": "Batch", "format": "n 5", "encoding": "bcd" },
              "2": { "name": "Code", "format": "n 3", "encoding": "bcd" },
              "3": { "name": "Rest", "format": "b..20", "prefix": "bcd" } } } },
            "127": { "format": "ans......999999", "composite": { "kind": "bitmap", "bitmap": "hex", "bits": 64,
              "sensitive": "9", "fields": {
                "2": { "name": "Switch key", "format": "ans..32" },
                "3": { "name": "Routing information", "format": "ans 48" },
                "9": { "name": "Additional node data", "format": "ans...255" },
                "25": { "name": "Chip data", "format": "ans....8000", "composite": {
                  "kind": "bitmap", "bitmap": "hex", "bits": 64, "sensitive": "30", "fields": {
                    "2": { "name": "Amount authorised", "format": "n 12" },
                    "3": { "name": "Amount other", "format": "n 12" },
                    "30": { "name": "Track 2", "format": "ans..40" } } } },
                "26": { "name": "Raw chip data", "format": "ans....4000", "composite": { "kind": "ber-tlv" } } } } }
          },
          "storable": "48,60-62,127"
        }
        """;

    public static Dialect Partner { get; } = Compile();

    public static CompositeSpec Of(int field) => Partner[field]!.Composite!;

    public static bool IsBytes(int field) => Partner[field]!.Kind == FieldKind.B;

    private static Dialect Compile()
    {
        var catalog = new DialectCatalog();
        bool good = catalog.TryAdd(Json, out Dialect? dialect, out IReadOnlyList<string> mistakes);
        Assert.True(good, string.Join("; ", mistakes));
        return dialect!;
    }
}
