using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Switch.Host.Security.Wrapping;

/// <summary>
/// A master key that never leaves its PKCS#11 token: an AES key that is sensitive and not extractable, and may encrypt
/// and decrypt (CKM_AES_GCM).
/// </summary>
internal sealed class Pkcs11KeyMaster : IKeyMaster
{
    private const ulong KeySize = 32;

    private static readonly Pkcs11InteropFactories Factories = new();

    // A process may initialize a library once: two master keys of one library share it, to the end of the process.
    private static readonly Dictionary<string, IPkcs11Library> Libraries = new(StringComparer.Ordinal);

    private readonly ISession _session;
    private readonly IObjectHandle _key;

    // The package asks for libdl by a name that only development packages bring.
    static Pkcs11KeyMaster() => NativeLibrary.SetDllImportResolver(
        typeof(Pkcs11InteropFactories).Assembly,
        static (name, _, _) => name == "libdl" ? NativeLibrary.Load("libdl.so.2") : 0);

    private Pkcs11KeyMaster(ISession session, IObjectHandle key, string title)
    {
        _session = session;
        _key = key;
        Title = title;
    }

    public string Title { get; }

    /// <param name="address">Of the key.</param>
    /// <param name="pin">Of the token's user.</param>
    /// <exception cref="KeyMasterException">It cannot be used.</exception>
    public static Pkcs11KeyMaster Open(Pkcs11Address address, string pin) =>
        Open(address, pin, SessionType.ReadOnly, KeyOf);

    /// <summary>Makes the key in its token, which keeps it: AES-256, sensitive and not extractable.</summary>
    /// <exception cref="KeyMasterException">It is there already, or the token does not make it.</exception>
    public static Pkcs11KeyMaster Make(Pkcs11Address address, string pin) =>
        Open(address, pin, SessionType.ReadWrite, MakeKey);

    private static Pkcs11KeyMaster Open(
        Pkcs11Address address, string pin, SessionType type, Func<ISession, Pkcs11Address, IObjectHandle> keyOf)
    {
        ISession? session = null;
        try
        {
            session = SlotOf(LibraryAt(address.Library), address).OpenSession(type);
            Login(session, pin);
            var master = new Pkcs11KeyMaster(
                session, keyOf(session, address), $"key '{address.Label}' of token '{address.Token}'");
            session = null;
            return master;
        }
        catch (Exception problem) when (problem is not KeyMasterException)
        {
            throw new KeyMasterException(ReasonOf(problem, address), problem);
        }
        finally
        {
            session?.Dispose();
        }
    }

    public byte[] Wrap(ReadOnlySpan<byte> key, ReadOnlySpan<byte> label)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(AesKeyMaster.NonceSize);
        byte[] clear = key.ToArray();
        try
        {
            using IMechanism mechanism = MechanismOf(nonce, label);
            return [.. nonce, .. _session.Encrypt(mechanism, _key, clear)];
        }
        catch (Pkcs11Exception problem)
        {
            throw new KeyMasterException($"{Title} does not encrypt: {problem.RV}", problem);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
        }
    }

    public byte[]? Unwrap(ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> label)
    {
        if (wrapped.Length <= AesKeyMaster.NonceSize + AesKeyMaster.TagSize)
        {
            return null;
        }

        try
        {
            using IMechanism mechanism = MechanismOf(wrapped[..AesKeyMaster.NonceSize].ToArray(), label);
            return _session.Decrypt(mechanism, _key, wrapped[AesKeyMaster.NonceSize..].ToArray());
        }
        catch (Pkcs11Exception problem) when (
            problem.RV is CKR.CKR_ENCRYPTED_DATA_INVALID or CKR.CKR_ENCRYPTED_DATA_LEN_RANGE or CKR.CKR_GENERAL_ERROR)
        {
            return null; // What tokens say of a wrong tag; SoftHSM says the last.
        }
        catch (Pkcs11Exception problem)
        {
            throw new KeyMasterException($"{Title} does not decrypt: {problem.RV}", problem);
        }
    }

    public void Dispose() => _session.Dispose();

    private static IPkcs11Library LibraryAt(string path)
    {
        lock (Libraries)
        {
            if (!Libraries.TryGetValue(path, out IPkcs11Library? library))
            {
                library = Factories.Pkcs11LibraryFactory.LoadPkcs11Library(Factories, path, AppType.MultiThreaded);
                Libraries.Add(path, library);
            }

            return library;
        }
    }

    // The sessions of a process at one token are logged in together.
    private static void Login(ISession session, string pin)
    {
        try
        {
            session.Login(CKU.CKU_USER, pin);
        }
        catch (Pkcs11Exception already) when (already.RV == CKR.CKR_USER_ALREADY_LOGGED_IN)
        {
        }
    }

    private static ISlot SlotOf(IPkcs11Library library, Pkcs11Address address)
    {
        ISlot[] slots =
        [
            .. library.GetSlotList(SlotsType.WithTokenPresent).Where(slot => IsAsked(slot.GetTokenInfo(), address)),
        ];
        return slots.Length == 1 ? slots[0] : throw new KeyMasterException(
            $"{slots.Length} tokens are named '{address.Token}'; one must be");
    }

    private static bool IsAsked(ITokenInfo token, Pkcs11Address address) =>
        token.Label.TrimEnd() == address.Token
        && (address.Serial is null || token.SerialNumber.TrimEnd() == address.Serial);

    private static IObjectHandle MakeKey(ISession session, Pkcs11Address address)
    {
        if (Find(session, address).Count > 0)
        {
            throw new KeyMasterException($"token '{address.Token}' has a key '{address.Label}' already");
        }

        var attributes = session.Factories.ObjectAttributeFactory;
        using IMechanism mechanism = Factories.MechanismFactory.Create(CKM.CKM_AES_KEY_GEN);
        return session.GenerateKey(
            mechanism,
            [
                attributes.Create(CKA.CKA_TOKEN, true),
                attributes.Create(CKA.CKA_PRIVATE, true),
                attributes.Create(CKA.CKA_LABEL, address.Label),
                attributes.Create(CKA.CKA_VALUE_LEN, KeySize),
                attributes.Create(CKA.CKA_ENCRYPT, true),
                attributes.Create(CKA.CKA_DECRYPT, true),
                attributes.Create(CKA.CKA_SENSITIVE, true),
                attributes.Create(CKA.CKA_EXTRACTABLE, false),
            ]);
    }

    private static List<IObjectHandle> Find(ISession session, Pkcs11Address address)
    {
        var attributes = session.Factories.ObjectAttributeFactory;
        return session.FindAllObjects(
        [
            attributes.Create(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY),
            attributes.Create(CKA.CKA_KEY_TYPE, CKK.CKK_AES),
            attributes.Create(CKA.CKA_LABEL, address.Label),
        ]);
    }

    private static IObjectHandle KeyOf(ISession session, Pkcs11Address address)
    {
        List<IObjectHandle> keys = Find(session, address);
        if (keys.Count != 1)
        {
            throw new KeyMasterException(
                $"{keys.Count} AES keys of token '{address.Token}' are named '{address.Label}'; one must be");
        }

        List<IObjectAttribute> guards = session.GetAttributeValue(
            keys[0], [CKA.CKA_SENSITIVE, CKA.CKA_EXTRACTABLE]);
        if (!guards[0].GetValueAsBool() || guards[1].GetValueAsBool())
        {
            throw new KeyMasterException(
                $"key '{address.Label}' of token '{address.Token}' can be read out of it. It must be sensitive and not "
                + "extractable");
        }

        return keys[0];
    }

    private static string ReasonOf(Exception problem, Pkcs11Address address) => problem switch
    {
        Pkcs11Exception { RV: CKR.CKR_PIN_INCORRECT or CKR.CKR_PIN_INVALID or CKR.CKR_PIN_LEN_RANGE } =>
            $"token '{address.Token}' does not take the PIN",
        Pkcs11Exception { RV: CKR.CKR_PIN_LOCKED } => $"the PIN of token '{address.Token}' is locked",
        Pkcs11Exception refused => $"token '{address.Token}' answers {refused.RV}",
        _ => $"the library {address.Library} cannot be used",
    };

    private static IMechanism MechanismOf(byte[] nonce, ReadOnlySpan<byte> label) =>
        Factories.MechanismFactory.Create(
            CKM.CKM_AES_GCM,
            Factories.MechanismParamsFactory.CreateCkGcmParams(
                nonce, (ulong)nonce.Length * 8, label.ToArray(), AesKeyMaster.TagSize * 8));
}
