using Switch.Protocol.Fields;

namespace Switch.Host.Security;

/// <summary>
/// What has the clear keys: the switch has them only wrapped, and never a clear PIN. Safe for any number of callers at
/// once. Whatever the caller or the module's peer sends, the end is a <see cref="SecurityStatus"/> and no exception;
/// <see cref="OperationCanceledException"/> alone comes when the caller cancels.
/// </summary>
internal interface ISecurityModule : IAsyncDisposable
{
    /// <summary>A PIN block from one key to another.</summary>
    ValueTask<PinAnswer> TranslatePinAsync(PinTranslation request, CancellationToken stop);

    /// <summary>A PIN block of a terminal with a key for each payment, to a zone's key.</summary>
    ValueTask<PinAnswer> TranslateDukptAsync(DukptTranslation request, CancellationToken stop);

    /// <summary>The MAC of a message.</summary>
    ValueTask<MacAnswer> MakeMacAsync(MacRequest request, CancellationToken stop);

    /// <summary><see cref="SecurityStatus.NotVerified"/> when <paramref name="mac"/> is another one.</summary>
    ValueTask<SecurityStatus> VerifyMacAsync(MacRequest request, ReadOnlyMemory<byte> mac, CancellationToken stop);

    /// <summary>The check value of a key that is wrapped under the module's own master key.</summary>
    ValueTask<KeyAnswer> CheckValueAsync(KeyKind kind, WrappedKey key, CancellationToken stop);

    /// <summary>A new key of TDES, double length; also under a zone master key where one is given.</summary>
    ValueTask<KeyAnswer> GenerateKeyAsync(KeyKind kind, WrappedKey? zmk, KeyScheme scheme, CancellationToken stop);

    /// <summary>A partner's key: from under the zone master key to under the module's master key.</summary>
    ValueTask<KeyAnswer> ImportKeyAsync(KeyKind kind, WrappedKey zmk, WrappedKey key, CancellationToken stop);

    /// <summary>A key for a partner: from under the module's master key to under the zone master key.</summary>
    ValueTask<KeyAnswer> ExportKeyAsync(
        KeyKind kind, WrappedKey zmk, WrappedKey key, KeyScheme scheme, CancellationToken stop);

    /// <summary>Whether the module answers and has its master key.</summary>
    ValueTask<SecurityStatus> ProbeAsync(CancellationToken stop);
}

/// <summary>A PIN block and where it is to go.</summary>
/// <param name="SourceKind"><see cref="KeyKind.Zpk"/> or <see cref="KeyKind.Tpk"/>.</param>
/// <param name="Block">8 bytes, or 16 of format 4. The caller's, unchanged until the answer.</param>
/// <param name="Pan">The whole number; it is of both blocks.</param>
internal readonly record struct PinTranslation(
    KeyKind SourceKind, WrappedKey Source, WrappedKey Destination, ReadOnlyMemory<byte> Block, PinFormat SourceFormat,
    PinFormat DestinationFormat, Pan Pan);

/// <summary>The same for a terminal with DUKPT (ANSI X9.24).</summary>
/// <param name="SerialNumber">Says which terminal, and which of its payments.</param>
/// <param name="Descriptor">How the digits of a TDES number are divided, for modules that ask for it.</param>
internal readonly record struct DukptTranslation(
    WrappedKey Bdk, KeySerialNumber SerialNumber, WrappedKey Destination, ReadOnlyMemory<byte> Block,
    PinFormat SourceFormat, PinFormat DestinationFormat, Pan Pan,
    string Descriptor = DukptTranslation.UsualDescriptor)
{
    /// <summary>Ten digits of identifier, none of a sub-key, five of the device.</summary>
    public const string UsualDescriptor = "A05";
}

/// <summary>A message for which a MAC is wanted.</summary>
/// <param name="Kind"><see cref="KeyKind.Zak"/> or <see cref="KeyKind.Tak"/>.</param>
/// <param name="Size">Bytes of the MAC: 4 or 8; the leftmost ones.</param>
/// <param name="Data">The caller's, unchanged until the answer. At most <see cref="DataSizeMax"/> bytes.</param>
internal readonly record struct MacRequest(
    KeyKind Kind, WrappedKey Key, MacAlgorithm Algorithm, MacPadding Padding, int Size, ReadOnlyMemory<byte> Data)
{
    /// <summary>
    /// Bytes: what a host command can say of its length in four hexadecimal digits, less the rest of
    /// it.
    /// </summary>
    public const int DataSizeMax = 32 * 1024;
}

/// <summary>A translated PIN block, enciphered under the destination's key.</summary>
/// <param name="Block">New bytes; empty unless it is done.</param>
internal readonly record struct PinAnswer(SecurityStatus Status, ReadOnlyMemory<byte> Block)
{
    public static PinAnswer Failed(SecurityStatus status) => new(status, default);
}

/// <param name="Mac">New bytes, as many as were asked for; empty unless it is done.</param>
internal readonly record struct MacAnswer(SecurityStatus Status, ReadOnlyMemory<byte> Mac)
{
    public static MacAnswer Failed(SecurityStatus status) => new(status, default);
}

/// <param name="Key">Under the module's master key; null where none was asked for.</param>
/// <param name="Exported">Under the zone master key; null where none was asked for.</param>
/// <param name="CheckValue">Hexadecimal digits: 6 of a TDES key, 10 of an AES key.</param>
/// <param name="IsParityCorrected">The key had bytes of even parity, which were made odd.</param>
internal readonly record struct KeyAnswer(
    SecurityStatus Status, WrappedKey? Key, WrappedKey? Exported, string CheckValue, bool IsParityCorrected = false)
{
    public static KeyAnswer Failed(SecurityStatus status) => new(status, null, null, "");
}
