using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Host.Security.Ciphers;
using Switch.Host.Security.Keys;
using Switch.Host.Security.Software;
using Switch.Host.Simulators.Hsm;

namespace Switch.Tests.Support;

/// <summary>Puts keys into a key store file, as the command <c>keys</c> does.</summary>
internal static class TestKeyStore
{
    /// <summary>Has a switch use the module that plays one, or the one in software where none does.</summary>
    public static void UseModule(SwitchOptions options, HsmSimulator? hsm)
    {
        options.Security.Module = hsm is null ? SecurityModuleKind.Software : SecurityModuleKind.HostCommands;
        options.Security.MasterKey = hsm is null ? "file:master.key" : null;
        options.Security.KeyStore = "keys.json";
        options.Security.Timeout = TimeSpan.FromSeconds(3); // A busy machine is no silent module.
        options.Security.Hsm = hsm is null ? [] : [new HsmOptions { Endpoint = $"127.0.0.1:{hsm.EndPoint.Port}" }];
    }

    /// <summary>A key of triple DES, wrapped under the master key.</summary>
    public static void Add(string file, SoftwareMasterKey master, string name, KeyKind kind, byte[] key)
    {
        Assert.True(master.TryWrap(kind, key, out WrappedKey? wrapped));
        Add(file, name, kind, wrapped, KeyChecks.Value(KeyAlgorithm.Tdes, key));
    }

    public static void Add(string file, string name, KeyKind kind, string wrapped, string checkValue)
    {
        Assert.True(WrappedKey.TryParse(wrapped, out WrappedKey? key));
        Add(file, name, kind, key, checkValue);
    }

    public static void Add(string file, string name, KeyKind kind, WrappedKey wrapped, string checkValue)
    {
        (KeyStoreOutcome outcome, _) = KeyStoreFile.Change(file, store =>
        {
            KeyStoreOutcome added = store.TryAdd(
                name, kind, wrapped, checkValue, DateTimeOffset.UnixEpoch, out KeyStore changed);
            return (added, changed);
        });
        Assert.Equal(KeyStoreOutcome.Done, outcome);
    }
}
