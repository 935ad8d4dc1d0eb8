using Switch.Host.Security;

namespace Switch.Host.Configuration;

/// <summary>What has the clear keys of PINs and MACs.</summary>
internal enum SecurityModuleKind
{
    None,

    /// <summary>This process, for tests and demonstrations. Refused in Production.</summary>
    Software,

    /// <summary>Hardware with host commands of the payShield family.</summary>
    HostCommands,
}

/// <summary>The security module, and where its wrapped keys are.</summary>
internal sealed class SecurityOptions
{
    public SecurityModuleKind Module { get; set; } = SecurityModuleKind.None;

    /// <summary>
    /// With Software: a reference to the 32 bytes that its master key is derived from, <c>file:PATH</c> or
    /// <c>env:NAME</c>.
    /// </summary>
    public string? MasterKey { get; set; }

    /// <summary>File of wrapped keys; relative to the content root.</summary>
    public string KeyStore { get; set; } = "data/keys.json";

    /// <summary>With HostCommands: each module of the pool.</summary>
    public List<HsmOptions> Hsm { get; set; } = [];

    /// <summary>From a request to its answer, with a second attempt at another module.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// How long a key that was replaced is still taken. Zero: until the next one comes, or it is retired by hand.
    /// </summary>
    public TimeSpan KeyOverlap { get; set; } = TimeSpan.Zero;
}

/// <summary>How a partner sends new keys: 0800 with 161 or 162.</summary>
internal class KeyExchangeOptions
{
    /// <summary>Name of the zone master key that they are under.</summary>
    public string Under { get; set; } = "";

    /// <summary>The field that has the key, with its kind before it.</summary>
    public int Field { get; set; } = 48;

    /// <summary>The field that has its check value; null: it stands behind the key.</summary>
    public int? CheckField { get; set; }
}

/// <summary>The same of an issuer, which keys are also sent to.</summary>
internal sealed class IssuerKeyExchangeOptions : KeyExchangeOptions
{
    /// <summary>How a key is written that is sent to it.</summary>
    public KeyScheme Scheme { get; set; } = KeyScheme.Ansi;
}

/// <summary>One hardware module.</summary>
internal sealed class HsmOptions
{
    /// <summary>HOST:PORT.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>TLS to it, or the word None; null: plain text, to a loopback address only.</summary>
    public TlsOptions? Tls { get; set; }

    /// <summary>Characters before each command, as the module is configured.</summary>
    public int HeaderLength { get; set; } = 4;

    /// <summary>Which of its master keys; null: its default one.</summary>
    public int? LmkId { get; set; }
}

/// <summary>Names of a partner's keys in the key store.</summary>
internal class ZoneKeyOptions
{
    /// <summary>Of PIN blocks.</summary>
    public string? Zpk { get; set; }

    /// <summary>Of MACs.</summary>
    public string? Zak { get; set; }
}

/// <summary>An acquirer may have terminals with keys of their own behind it.</summary>
internal sealed class AcquirerKeyOptions : ZoneKeyOptions
{
    /// <summary>
    /// In place of <see cref="ZoneKeyOptions.Zpk"/>: the base key of terminals that encipher each PIN block under
    /// another key (DUKPT).
    /// </summary>
    public string? Bdk { get; set; }
}

/// <summary>How terminals with DUKPT name their keys.</summary>
internal sealed class DukptOptions
{
    public const int DefaultField = 53;
    public const string DefaultDescriptor = DukptTranslation.UsualDescriptor;

    /// <summary>The field that has the key serial number and nothing else, by its number on the wire.</summary>
    public int Field { get; set; } = DefaultField;

    /// <summary>
    /// With HostCommands, of a TDES key serial number: how many of its digits are identifier, sub-key and device, in
    /// hexadecimal. The counter has the last five.
    /// </summary>
    public string Descriptor { get; set; } = DefaultDescriptor;
}
