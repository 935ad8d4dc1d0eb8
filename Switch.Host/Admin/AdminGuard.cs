using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Switch.Host.Admin;

/// <summary>
/// Who may see and do what only operators may. With a token: who shows it. Without one: every user of this machine,
/// when the listener is on a loopback address; else no one.
/// </summary>
internal sealed class AdminGuard(IPAddress listen, byte[]? token)
{
    private const string Scheme = "Bearer ";

    /// <summary>Null when the request may go on; else the status and a sentence that says what is missing.</summary>
    public (int Status, string Why)? Refuse(HttpRequest request)
    {
        if (request.Headers.ContainsKey("Origin"))
        {
            // A page in somebody's browser, which may have been sent here from anywhere.
            return (StatusCodes.Status403Forbidden, "Commands from web pages are refused.");
        }

        if (token is null)
        {
            return IPAddress.IsLoopback(listen)
                ? null
                : (StatusCodes.Status403Forbidden,
                    "Commands are refused: the listener is not on a loopback address, and Admin:Token is not set.");
        }

        string shown = request.Headers.Authorization.ToString();
        return shown.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && IsToken(shown.AsSpan(Scheme.Length))
            ? null
            : (StatusCodes.Status401Unauthorized, "Send the token of Admin:Token in the header: Authorization: "
                + "Bearer ...");
    }

    // In a time that says nothing of how much of it is right.
    private bool IsToken(ReadOnlySpan<char> shown)
    {
        Span<byte> bytes = stackalloc byte[token!.Length];
        return shown.Length == bytes.Length * 2
            && Convert.FromHexString(shown, bytes, out _, out int written) == System.Buffers.OperationStatus.Done
            && written == bytes.Length && CryptographicOperations.FixedTimeEquals(bytes, token);
    }
}
