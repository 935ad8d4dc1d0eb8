using System.Security.Cryptography;
using Switch.Host.Security.Ciphers;
using Switch.Protocol.Fields;

namespace Switch.Host.Security.Software;

/// <summary>
/// A security module in this process, for tests and demonstrations: clear keys and PINs stand in this memory, if only
/// for a moment. Production refuses it.
/// </summary>
/// <remarks>
/// Everything is done at once on the caller's thread. Clear keys stand in pinned memory, clear PIN blocks on the stack;
/// both are cleared before the answer. The platform's ciphers keep a copy of a key, which they clear when they are
/// disposed of. Scheme S and PIN blocks of format 2 are not there; AES keys come as key blocks only.
/// </remarks>
internal sealed class SoftwareModule(SoftwareMasterKey master) : ISecurityModule
{
    private const int NewKeySize = 16;

    private volatile bool _isDisposed;

    public ValueTask<PinAnswer> TranslatePinAsync(PinTranslation request, CancellationToken stop) =>
        Answer(request, TranslatePin, PinAnswer.Failed, stop);

    public ValueTask<PinAnswer> TranslateDukptAsync(DukptTranslation request, CancellationToken stop) =>
        Answer(request, TranslateDukpt, PinAnswer.Failed, stop);

    public ValueTask<MacAnswer> MakeMacAsync(MacRequest request, CancellationToken stop) =>
        Answer(request, MakeMac, MacAnswer.Failed, stop);

    public ValueTask<SecurityStatus> VerifyMacAsync(
        MacRequest request, ReadOnlyMemory<byte> mac, CancellationToken stop) =>
        Answer((request, mac), of => VerifyMac(of.request, of.mac.Span), static status => status, stop);

    public ValueTask<KeyAnswer> CheckValueAsync(KeyKind kind, WrappedKey key, CancellationToken stop) =>
        Answer((kind, key), of => CheckValue(of.kind, of.key), KeyAnswer.Failed, stop);

    public ValueTask<KeyAnswer> GenerateKeyAsync(
        KeyKind kind, WrappedKey? zmk, KeyScheme scheme, CancellationToken stop) =>
        Answer((kind, zmk, scheme), of => Generate(of.kind, of.zmk, of.scheme), KeyAnswer.Failed, stop);

    public ValueTask<KeyAnswer> ImportKeyAsync(KeyKind kind, WrappedKey zmk, WrappedKey key, CancellationToken stop) =>
        Answer((kind, zmk, key), of => Import(of.kind, of.zmk, of.key), KeyAnswer.Failed, stop);

    public ValueTask<KeyAnswer> ExportKeyAsync(
        KeyKind kind, WrappedKey zmk, WrappedKey key, KeyScheme scheme, CancellationToken stop) =>
        Answer((kind, zmk, key, scheme), of => Export(of.kind, of.zmk, of.key, of.scheme), KeyAnswer.Failed, stop);

    public ValueTask<SecurityStatus> ProbeAsync(CancellationToken stop) =>
        ValueTask.FromResult(_isDisposed ? SecurityStatus.Unavailable : SecurityStatus.Done);

    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        master.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A key under the master key; the caller disposes of it.</summary>
    private bool TryOpen(KeyKind kind, WrappedKey wrapped, out OpenKey key)
    {
        key = default;
        if (wrapped.Scheme is 'U' or 'T' && master.TryUnwrap(kind, wrapped, out Secret? parts))
        {
            key = new OpenKey(parts, KeyAlgorithm.Tdes);
        }
        else if (wrapped.Scheme == 'R')
        {
            TryOpenBlock(kind, master.Block, wrapped, out key);
        }

        return key.Key is not null;
    }

    private static bool TryOpenBlock(KeyKind kind, ReadOnlySpan<byte> above, WrappedKey wrapped, out OpenKey key)
    {
        key = default;
        if (!KeyBlock.TryUnwrap(above, wrapped.Body, out KeyBlockHeader header, out Secret? secret))
        {
            return false;
        }

        if (!KeyBlockUsage.Allows(header, kind, secret.Size, out KeyAlgorithm algorithm))
        {
            secret.Dispose();
            return false;
        }

        key = new OpenKey(secret, algorithm);
        return true;
    }

    private bool TryClose(KeyKind kind, OpenKey key, out WrappedKey? wrapped)
    {
        if (key.Algorithm == KeyAlgorithm.Tdes)
        {
            return master.TryWrap(kind, key.Bytes, out wrapped);
        }

        return TryCloseBlock(kind, master.Block, 'D', key, out wrapped);
    }

    private static bool TryCloseBlock(
        KeyKind kind, ReadOnlySpan<byte> above, char version, OpenKey key, out WrappedKey? wrapped)
    {
        wrapped = null;
        return KeyBlock.TryWrap(above, KeyBlockUsage.Header(kind, key.Algorithm, version), key.Bytes, out string? block)
            && WrappedKey.TryParse('R' + block, out wrapped);
    }

    private PinAnswer TranslatePin(PinTranslation request)
    {
        if (!request.SourceKind.IsOfPins())
        {
            return PinAnswer.Failed(SecurityStatus.InputRefused);
        }

        if (!TryOpen(request.SourceKind, request.Source, out OpenKey source))
        {
            return PinAnswer.Failed(SecurityStatus.SourceKeyRejected);
        }

        using (source)
        {
            return Translate(
                source.Bytes, source.Algorithm, request.Destination, request.Block.Span, request.SourceFormat,
                request.DestinationFormat, request.Pan);
        }
    }

    private PinAnswer TranslateDukpt(DukptTranslation request)
    {
        if (!TryOpen(KeyKind.Bdk, request.Bdk, out OpenKey bdk))
        {
            return PinAnswer.Failed(SecurityStatus.SourceKeyRejected);
        }

        using (bdk)
        using (var key = new Secret(Dukpt.KeySize))
        {
            KeyAlgorithm algorithm = request.SerialNumber.IsAes ? KeyAlgorithm.Aes : KeyAlgorithm.Tdes;
            SecurityStatus status = bdk.Algorithm != algorithm && request.SerialNumber.IsCounterValid
                ? SecurityStatus.SourceKeyRejected
                : Dukpt.Derive(bdk.Bytes, request.SerialNumber, DukptUse.Pin, key.Bytes);
            return status != SecurityStatus.Done
                ? PinAnswer.Failed(status)
                : Translate(
                    key.Bytes, algorithm, request.Destination, request.Block.Span, request.SourceFormat,
                    request.DestinationFormat, request.Pan);
        }
    }

    private PinAnswer Translate(
        ReadOnlySpan<byte> source, KeyAlgorithm algorithm, WrappedKey wrapped, ReadOnlySpan<byte> block,
        PinFormat sourceFormat, PinFormat destinationFormat, Pan pan)
    {
        SecurityStatus refused = !sourceFormat.MayBecome(destinationFormat) ? SecurityStatus.FormatNotAllowed
            : block.Length != sourceFormat.BlockSize() ? SecurityStatus.PinBlockInvalid
            : pan.IsNone ? SecurityStatus.AccountInvalid : SecurityStatus.Done;
        if (refused != SecurityStatus.Done)
        {
            return PinAnswer.Failed(refused);
        }

        if (!TryOpen(KeyKind.Zpk, wrapped, out OpenKey destination))
        {
            return PinAnswer.Failed(SecurityStatus.DestinationKeyRejected);
        }

        using (destination)
        {
            if (!OpenKey.TryCipher(source, algorithm, sourceFormat, out BlockCipher? from))
            {
                return PinAnswer.Failed(SecurityStatus.SourceKeyRejected);
            }

            using (from)
            {
                if (!OpenKey.TryCipher(
                    destination.Bytes, destination.Algorithm, destinationFormat, out BlockCipher? to))
                {
                    return PinAnswer.Failed(SecurityStatus.DestinationKeyRejected);
                }

                using (to)
                {
                    return Translate(from, to, block, sourceFormat, destinationFormat, pan);
                }
            }
        }
    }

    private static PinAnswer Translate(
        BlockCipher from, BlockCipher to, ReadOnlySpan<byte> block, PinFormat sourceFormat, PinFormat destinationFormat,
        Pan pan)
    {
        Span<byte> pin = stackalloc byte[PinFormats.PinLengthMax];
        Span<byte> clear = stackalloc byte[PinFormats.BlockSizeMax / 2];
        Span<byte> fill = stackalloc byte[PinFormats.BlockSizeMax / 2];
        SecurityStatus status;
        int length;
        if (sourceFormat == PinFormat.Iso4)
        {
            status = PinBlock.ReadFormat4(from, block, pan, pin, out length);
        }
        else
        {
            from.Decrypt(block, clear);
            status = PinBlock.Read(sourceFormat, clear, pan, pin, out length);
        }

        byte[] translated = [];
        if (status == SecurityStatus.Done)
        {
            translated = new byte[destinationFormat.BlockSize()];
            RandomNumberGenerator.Fill(fill);
            if (destinationFormat == PinFormat.Iso4)
            {
                PinBlock.WriteFormat4(to, pin[..length], pan, fill, translated);
            }
            else
            {
                PinBlock.Write(destinationFormat, pin[..length], pan, fill, clear);
                to.Encrypt(clear, translated);
            }
        }

        CryptographicOperations.ZeroMemory(pin);
        CryptographicOperations.ZeroMemory(clear);
        CryptographicOperations.ZeroMemory(fill);
        return new PinAnswer(status, translated);
    }

    private MacAnswer MakeMac(MacRequest request)
    {
        Span<byte> whole = stackalloc byte[BlockCipher.BlockSizeMax];
        SecurityStatus status = Compute(request, whole);
        byte[] mac = status == SecurityStatus.Done ? whole[..request.Size].ToArray() : [];
        CryptographicOperations.ZeroMemory(whole);
        return new MacAnswer(status, mac);
    }

    private SecurityStatus VerifyMac(MacRequest request, ReadOnlySpan<byte> mac)
    {
        Span<byte> whole = stackalloc byte[BlockCipher.BlockSizeMax];
        SecurityStatus status = Compute(request, whole);
        if (status == SecurityStatus.Done && !CryptographicOperations.FixedTimeEquals(whole[..request.Size], mac))
        {
            status = SecurityStatus.NotVerified;
        }

        CryptographicOperations.ZeroMemory(whole); // The right one, which the sender did not know.
        return status;
    }

    private SecurityStatus Compute(MacRequest request, Span<byte> mac)
    {
        if (!request.Kind.IsOfMacs() || request.Size is not (4 or 8) || request.Data.Length > MacRequest.DataSizeMax)
        {
            return SecurityStatus.InputRefused;
        }

        if (!TryOpen(request.Kind, request.Key, out OpenKey key))
        {
            return SecurityStatus.SourceKeyRejected;
        }

        using (key)
        {
            bool isAes = request.Algorithm == MacAlgorithm.Cmac;
            return isAes == (key.Algorithm == KeyAlgorithm.Aes)
                && CipherMac.TryCompute(request.Algorithm, request.Padding, key.Bytes, request.Data.Span, mac)
                ? SecurityStatus.Done : SecurityStatus.SourceKeyRejected;
        }
    }

    private KeyAnswer CheckValue(KeyKind kind, WrappedKey wrapped)
    {
        if (!TryOpen(kind, wrapped, out OpenKey key))
        {
            return KeyAnswer.Failed(SecurityStatus.SourceKeyRejected);
        }

        using (key)
        {
            return Done(null, null, key, isParityCorrected: false);
        }
    }

    private KeyAnswer Generate(KeyKind kind, WrappedKey? zmk, KeyScheme scheme)
    {
        using var key = new OpenKey(new Secret(NewKeySize), KeyAlgorithm.Tdes);
        do
        {
            RandomNumberGenerator.Fill(key.Key.Bytes);
            KeyChecks.MakeOdd(key.Key.Bytes);
        }
        while (key.CheckValue.Length == 0); // A weak key: one of 2^52 or fewer.

        WrappedKey? exported = null;
        if (zmk is not null)
        {
            SecurityStatus status = TryExport(kind, zmk, key, scheme, out exported);
            if (status != SecurityStatus.Done)
            {
                return KeyAnswer.Failed(status);
            }
        }

        return TryClose(kind, key, out WrappedKey? own)
            ? Done(own, exported, key, isParityCorrected: false) : KeyAnswer.Failed(SecurityStatus.InputRefused);
    }

    private KeyAnswer Import(KeyKind kind, WrappedKey zmk, WrappedKey wrapped)
    {
        if (!TryOpen(KeyKind.Zmk, zmk, out OpenKey above))
        {
            return KeyAnswer.Failed(SecurityStatus.SourceKeyRejected);
        }

        using (above)
        {
            if (!TryOpenUnder(kind, above, wrapped, out OpenKey key))
            {
                return KeyAnswer.Failed(SecurityStatus.DestinationKeyRejected);
            }

            using (key)
            {
                bool isCorrected = key.Algorithm == KeyAlgorithm.Tdes && !KeyChecks.HasOddParity(key.Bytes);
                if (isCorrected)
                {
                    KeyChecks.MakeOdd(key.Key.Bytes);
                }

                return TryClose(kind, key, out WrappedKey? own)
                    ? Done(own, null, key, isCorrected) : KeyAnswer.Failed(SecurityStatus.DestinationKeyRejected);
            }
        }
    }

    private KeyAnswer Export(KeyKind kind, WrappedKey zmk, WrappedKey wrapped, KeyScheme scheme)
    {
        if (!TryOpen(kind, wrapped, out OpenKey key))
        {
            return KeyAnswer.Failed(SecurityStatus.DestinationKeyRejected);
        }

        using (key)
        {
            SecurityStatus status = TryExport(kind, zmk, key, scheme, out WrappedKey? exported);
            return status == SecurityStatus.Done
                ? Done(null, exported, key, isParityCorrected: false) : KeyAnswer.Failed(status);
        }
    }

    private SecurityStatus TryExport(
        KeyKind kind, WrappedKey zmk, OpenKey key, KeyScheme scheme, out WrappedKey? exported)
    {
        exported = null;
        if (!TryOpen(KeyKind.Zmk, zmk, out OpenKey above))
        {
            return SecurityStatus.SourceKeyRejected;
        }

        using (above)
        {
            // A key under a weaker one is as weak as that: an AES key travels under AES only.
            bool isWeaker = above.Algorithm == KeyAlgorithm.Tdes && key.Algorithm == KeyAlgorithm.Aes;
            bool isDone = scheme == KeyScheme.Block
                ? !isWeaker && TryCloseBlock(
                    kind, above.Bytes, above.Algorithm == KeyAlgorithm.Aes ? 'D' : 'B', key, out exported)
                : above.Algorithm == KeyAlgorithm.Tdes && key.Algorithm == KeyAlgorithm.Tdes
                    && VariantKeys.TryWrap(above.Bytes, key.Bytes, scheme == KeyScheme.Variant, out exported);
            return isDone ? SecurityStatus.Done : SecurityStatus.SourceKeyRejected;
        }
    }

    private static bool TryOpenUnder(KeyKind kind, OpenKey above, WrappedKey wrapped, out OpenKey key)
    {
        key = default;
        if (wrapped.Scheme == 'R')
        {
            return TryOpenBlock(kind, above.Bytes, wrapped, out key);
        }

        if (above.Algorithm != KeyAlgorithm.Tdes || !VariantKeys.TryUnwrap(above.Bytes, wrapped, out Secret? parts))
        {
            return false;
        }

        key = new OpenKey(parts, KeyAlgorithm.Tdes);
        return true;
    }

    private static KeyAnswer Done(WrappedKey? own, WrappedKey? exported, OpenKey key, bool isParityCorrected) =>
        key.CheckValue is { Length: > 0 } value
            ? new KeyAnswer(SecurityStatus.Done, own, exported, value, isParityCorrected)
            : KeyAnswer.Failed(SecurityStatus.SourceKeyRejected);

    // The platform's library may lack a cipher, or fail: then there is no module, as when one does not answer.
    private ValueTask<TAnswer> Answer<TRequest, TAnswer>(
        TRequest request, Func<TRequest, TAnswer> work, Func<SecurityStatus, TAnswer> failed, CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<TAnswer>(stop);
        }

        try
        {
            return ValueTask.FromResult(_isDisposed ? failed(SecurityStatus.Unavailable) : work(request));
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            return ValueTask.FromResult(failed(SecurityStatus.Unavailable));
        }
    }
}
