using System.Security.Cryptography;
using Switch.Host.Security.Tls;

namespace Switch.Host.Configuration;

/// <summary>One line of the file of <c>Admin:Tokens</c>.</summary>
/// <param name="Name">Of the person or machine.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Secret">sha256:HEX of a token, or sha256/BASE64 of a certificate's public key.</param>
internal sealed record AdminCredential(string Name, AdminRole Role, string Secret);

/// <summary>
/// Who may come in at the admin listener: hashes of tokens and pins of certificates, as they stand in the file of
/// <c>Admin:Tokens</c>. Never changed: a reload makes another.
/// </summary>
internal sealed class AdminCredentials
{
    /// <summary>Bytes of a token. Random, so that one round of SHA-256 hides it.</summary>
    public const int TokenSize = 32;

    /// <summary>Lines: people and machines of one node.</summary>
    public const int CountMax = 256;

    public const int NameMax = 64;

    // The shortest card number in use has as many.
    private const int DigitsMax = 13;

    private const string HashPrefix = "sha256:";

    private readonly List<(byte[] Hash, AdminCredential Credential)> _tokens = [];
    private readonly Dictionary<string, AdminCredential> _certificates = new(StringComparer.Ordinal);
    private readonly HashSet<AdminCredential> _all = [];

    private AdminCredentials()
    {
    }

    /// <summary>Nothing lets anyone in.</summary>
    public static AdminCredentials None { get; } = new();

    public int Count => _all.Count;

    /// <summary>Whether any of them may approve.</summary>
    public bool HasApprover => _all.Any(static one => one.Role == AdminRole.Approver);

    /// <summary>Whether any is a certificate.</summary>
    public bool HasCertificates => _certificates.Count > 0;

    /// <summary>Whether any is a token.</summary>
    public bool HasTokens => _tokens.Count > 0;

    /// <summary>What stands in the file for a token.</summary>
    public static string HashOf(ReadOnlySpan<byte> token) =>
        HashPrefix + Convert.ToHexStringLower(SHA256.HashData(token));

    /// <summary>It goes into the journal, so it may not look like a card number.</summary>
    public static bool IsName(string name) => name.Length is > 0 and <= NameMax
        && name.Count(char.IsAsciiDigit) < DigitsMax
        && name.All(static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.' or '@');

    /// <summary>Adds every mistake to <paramref name="errors"/>; what it gives then is not to be used.</summary>
    public static AdminCredentials Parse(string text, ConfigurationErrors errors, string path)
    {
        var made = new AdminCredentials();
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            string[] words = line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0][0] == '#')
            {
                continue;
            }

            string? problem = words.Length != 3 ? "has not three words: NAME ROLE HASH"
                : !IsName(words[0])
                    ? $"does not begin with a name of 1 to {NameMax} letters, digits, '-', '_', '.', '@'"
                : !TryRole(words[1], out AdminRole role) ? "has no role: viewer, operator or approver"
                : made._all.Count == CountMax ? $"is one too many: {CountMax} are taken"
                : made.Add(new AdminCredential(words[0], role, words[2]));
            if (problem is not null)
            {
                errors.Add(path, $"line {number} {problem}.");
            }
        }

        return made;
    }

    /// <summary>Whose token it is; takes as long for a wrong one as for a right one.</summary>
    /// <param name="shown">As hexadecimal digits.</param>
    public AdminCredential? FindToken(ReadOnlySpan<char> shown)
    {
        Span<byte> token = stackalloc byte[TokenSize];
        if (shown.Length != TokenSize * 2
            || Convert.FromHexString(shown, token, out _, out int written) != System.Buffers.OperationStatus.Done
            || written != TokenSize)
        {
            return null;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(token, hash);
        CryptographicOperations.ZeroMemory(token);
        AdminCredential? found = null;
        foreach ((byte[] known, AdminCredential credential) in _tokens)
        {
            // All of them, so that the time does not say where it stands.
            found = CryptographicOperations.FixedTimeEquals(known, hash) ? credential : found;
        }

        return found;
    }

    /// <summary>Whose certificate it is.</summary>
    /// <param name="pin">As <see cref="TlsMaterial.PinOf"/> makes it.</param>
    public AdminCredential? FindCertificate(string pin) => _certificates.GetValueOrDefault(pin);

    /// <summary>Whether it stands in the file still, with the same role.</summary>
    public bool Contains(AdminCredential credential) => _all.Contains(credential);

    /// <summary>A role by its name in small letters.</summary>
    public static bool TryRole(string text, out AdminRole role)
    {
        role = text switch
        {
            "viewer" => AdminRole.Viewer,
            "operator" => AdminRole.Operator,
            "approver" => AdminRole.Approver,
            _ => AdminRole.None,
        };
        return role != AdminRole.None;
    }

    // Null, or what is wrong.
    private string? Add(AdminCredential credential)
    {
        if (_all.Any(one => one.Secret == credential.Secret))
        {
            return "has a hash that stands in another line";
        }

        if (credential.Secret.StartsWith(HashPrefix, StringComparison.Ordinal)
            && credential.Secret.Length == HashPrefix.Length + (SHA256.HashSizeInBytes * 2)
            && credential.Secret[HashPrefix.Length..].All(char.IsAsciiHexDigitLower))
        {
            _tokens.Add((Convert.FromHexString(credential.Secret[HashPrefix.Length..]), credential));
        }
        else if (TlsMaterial.IsPin(credential.Secret))
        {
            _certificates.Add(credential.Secret, credential);
        }
        else
        {
            return $"does not end with {HashPrefix} and 64 hexadecimal digits in small letters (switch admin token "
                + $"prints it), or with {TlsMaterial.PinPrefix} and the base64 of a certificate's public key";
        }

        _all.Add(credential);
        return null;
    }
}
