using System.Security.Cryptography;
using Switch.Host.Files;
using Switch.Host.Security.Wrapping;

namespace Switch.Host.Configuration;

/// <summary>
/// The master keys of a configuration, under which its data keys may be wrapped: <c>Keys:Master</c>, and
/// <c>Keys:MasterOld</c> while files are wrapped anew. Opened when the first wrapped key is met, and each mistake is
/// noted once.
/// </summary>
internal sealed class KeyMasters(
    SwitchOptions options, ConfigurationErrors errors, ConfigurationEnvironment environment) : IDisposable
{
    private const int PinSizeMax = 256;

    private List<IKeyMaster>? _masters;

    private static string Root => $"{ConfigurationValidator.Root}:Keys";

    /// <summary>The one that wraps; null after a mistake was noted.</summary>
    public IKeyMaster? Current => All.Count > 0 ? All[0] : null;

    private List<IKeyMaster> All => _masters ??= OpenAll();

    /// <summary>Notes what is wrong with the master keys, also where nothing is wrapped under them.</summary>
    public void Validate()
    {
        if (options.Keys.Master is not null || options.Keys.MasterOld is not null)
        {
            _ = All;
        }
    }

    /// <summary>
    /// Makes the key of <c>Keys:Master</c> in its token; null after a mistake was noted. Before any other is opened.
    /// </summary>
    public IKeyMaster? MakeInToken()
    {
        IKeyMaster? made = AtToken(options.Keys.Master ?? "", $"{Root}:Master", Pkcs11KeyMaster.Make);
        _masters = made is null ? [] : [made];
        return made;
    }

    /// <summary>The key of a wrapped file, for the caller to clear; null after a mistake was noted.</summary>
    /// <param name="file">As it is referred to.</param>
    /// <param name="purpose">What the key must be for.</param>
    /// <param name="path">Of the configuration.</param>
    public byte[]? Unwrap(string file, KeyPurpose purpose, string path)
    {
        if (!errors.Require(
            options.Keys.Master is not null, path, $"is wrapped, and {Root}:Master, which unwraps it, is missing.")
            || All.Count == 0)
        {
            return null; // What is wrong with a master key is noted at its own path.
        }

        string full = environment.Resolve(file);
        try
        {
            byte[]? key = WrappedKeyFile.Open(full, purpose, All);
            errors.Require(
                key is not null, path,
                $"{full} was wrapped under another master key than {Root}:Master, or was altered.");
            return key;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            errors.Add(path, $"the wrapped key cannot be read: {FileFault.Describe(full, problem)}.");
        }
        catch (KeyMasterException problem)
        {
            errors.Add($"{Root}:Master", $"{problem.Message}.");
        }

        return null;
    }

    public void Dispose()
    {
        foreach (IKeyMaster master in _masters ?? [])
        {
            master.Dispose();
        }
    }

    // All or none: with one missing a file of the other would look as if it were damaged.
    private List<IKeyMaster> OpenAll()
    {
        var masters = new List<IKeyMaster>();
        errors.Require(
            options.Keys.Master is not null || options.Keys.MasterOld is null,
            $"{Root}:MasterOld", "is set without Master. Set the current master key too.");
        bool isWhole = TryOpen(options.Keys.Master, "Master", masters)
            && TryOpen(options.Keys.MasterOld, "MasterOld", masters);
        if (!isWhole)
        {
            masters.ForEach(static master => master.Dispose());
            masters.Clear();
        }

        return masters;
    }

    private bool TryOpen(string? reference, string name, List<IKeyMaster> into)
    {
        if (reference is null)
        {
            return true;
        }

        IKeyMaster? master = reference.StartsWith(Pkcs11Address.Scheme, StringComparison.Ordinal)
            ? AtToken(reference, $"{Root}:{name}", Pkcs11KeyMaster.Open) : OpenKey(reference, $"{Root}:{name}");
        if (master is not null)
        {
            into.Add(master);
        }

        return master is not null;
    }

    private AesKeyMaster? OpenKey(string reference, string path)
    {
        byte[]? key = KeyFile.Resolve(reference, errors, path, environment);
        if (key is null)
        {
            return null;
        }

        var master = new AesKeyMaster(key, reference);
        CryptographicOperations.ZeroMemory(key);
        return master;
    }

    private Pkcs11KeyMaster? AtToken(
        string reference, string path, Func<Pkcs11Address, string, Pkcs11KeyMaster> work)
    {
        if (!Pkcs11Address.TryParse(reference, out Pkcs11Address? address, out string problem))
        {
            errors.Add(path, $"{problem}.");
            return null;
        }

        try
        {
            return ReadPin(address.PinSource, path) is { } pin ? work(address, pin) : null;
        }
        catch (KeyMasterException refused)
        {
            errors.Add(path, $"{refused.Message}.");
            return null;
        }
    }

    private string? ReadPin(string source, string path)
    {
        string? pin = null;
        if (source.StartsWith("env:", StringComparison.Ordinal))
        {
            pin = Environment.GetEnvironmentVariable(source[4..])?.Trim();
        }
        else if (source.StartsWith("file:", StringComparison.Ordinal))
        {
            string file = environment.Resolve(source[5..]);
            try
            {
                pin = BoundedFile.ReadText(file, PinSizeMax).Trim();
                KeyFile.RequireOwn(file, errors, path, environment);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                errors.Add(path, $"the PIN of the token cannot be read: {FileFault.Describe(file, problem)}.");
                return null;
            }
        }

        return errors.Require(
            !string.IsNullOrEmpty(pin), path,
            "has a pin-source that must be file:PATH or env:NAME, and gives a PIN.") ? pin : null;
    }
}
