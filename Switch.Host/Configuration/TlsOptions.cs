namespace Switch.Host.Configuration;

/// <summary>TLS with one partner or security module, both sides with certificates. Files are named as
/// <c>file:PATH</c>, secrets as <c>file:PATH</c> or <c>env:NAME</c>.</summary>
internal sealed class TlsOptions
{
    /// <summary>In place of the group: plain text, said in so many words.</summary>
    public const string None = "None";

    /// <summary>Our certificate, and those between it and its authority: PEM, or PFX with the key in it.</summary>
    public string? Certificate { get; set; }

    /// <summary>Its private key in PEM. Null: it is in the same file.</summary>
    public string? Key { get; set; }

    /// <summary>Opens the PFX, or an encrypted key. Null: it needs none.</summary>
    public string? Password { get; set; }

    /// <summary>Certificates in PEM that the partner's must lead to: of its authority, or its own.</summary>
    public string? Trust { get; set; }

    /// <summary>Public keys that the partner may have, as sha256/BASE64 of each; two while it changes its key. Empty:
    /// any with a certificate of <see cref="Trust"/>.</summary>
    public List<string> Pins { get; set; } = [];

    /// <summary>DNS names or addresses of which its certificate must bear one. Empty: of an issuer or a security module
    /// the endpoint's host (unless there are pins), of an acquirer any.</summary>
    public List<string> Names { get; set; } = [];

    /// <summary>Revocation lists of authorities in <see cref="Trust"/>: PEM or DER. Null: none.</summary>
    public string? Crl { get; set; }

    /// <summary>The lowest version: 1.2 or 1.3.</summary>
    public string Minimum { get; set; } = "1.2";

    /// <summary>It is the word and not the group.</summary>
    internal bool IsNone { get; private init; }

    /// <summary>What the word stands for.</summary>
    internal static TlsOptions PlainText() => new() { IsNone = true };
}
