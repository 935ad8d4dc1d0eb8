namespace Switch.Host.Security.SelfTest;

/// <summary>
/// Vectors that any security module under the public test key must fulfil, here or behind a
/// connection.
/// </summary>
internal static class ModuleVectors
{
    /// <summary>What the module says; the status when it is not done.</summary>
    /// <exception cref="FormatException">The vector cannot be read.</exception>
    public static async Task<string> ComputeAsync(
        ISecurityModule module, SecurityVector vector, CancellationToken stop)
    {
        switch (vector.Operation)
        {
            case "module-translate":
                PinAnswer pin = await module.TranslatePinAsync(
                    new PinTranslation(
                        KeyKind.Zpk, KeyOf(vector, "source"), KeyOf(vector, "destination"),
                        SecuritySelfTest.Bytes(vector, "block"), SecuritySelfTest.FormatOf(vector, "from"),
                        SecuritySelfTest.FormatOf(vector, "to"), SecuritySelfTest.PanOf(vector)),
                    stop).ConfigureAwait(false);
                return pin.Status == SecurityStatus.Done ? Convert.ToHexString(pin.Block.Span) : $"{pin.Status}";
            case "module-mac":
                MacAnswer mac = await module.MakeMacAsync(
                    new MacRequest(
                        KindOf(vector), KeyOf(vector, "key"), MacAlgorithm.Retail, MacPadding.Zeros, 8,
                        SecuritySelfTest.Bytes(vector, "data")),
                    stop).ConfigureAwait(false);
                return mac.Status == SecurityStatus.Done ? Convert.ToHexString(mac.Mac.Span) : $"{mac.Status}";
            case "module-check-value":
                return TextOf(await module.CheckValueAsync(KindOf(vector), KeyOf(vector, "key"), stop)
                    .ConfigureAwait(false), isKey: false);
            case "module-import":
            case "module-import-key":
                return TextOf(await module.ImportKeyAsync(
                    KindOf(vector), KeyOf(vector, "zmk"), KeyOf(vector, "key"), stop).ConfigureAwait(false),
                    isKey: vector.Operation == "module-import-key");
            default:
                throw new FormatException($"{vector.Operation} is no operation.");
        }
    }

    private static string TextOf(KeyAnswer answer, bool isKey) =>
        answer.Status != SecurityStatus.Done ? $"{answer.Status}"
            : isKey ? answer.Key?.Text ?? "" : answer.CheckValue;

    private static WrappedKey KeyOf(SecurityVector vector, string name) =>
        WrappedKey.TryParse(vector[name], out WrappedKey? key) ? key
            : throw new FormatException($"{name}= is no wrapped key.");

    private static KeyKind KindOf(SecurityVector vector) =>
        Enum.TryParse(vector["kind"], ignoreCase: true, out KeyKind kind) && Enum.IsDefined(kind) ? kind
            : throw new FormatException("kind= is no kind of key.");
}
