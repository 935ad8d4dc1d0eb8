using System.Text.Json;
using Switch.Host.Files;

namespace Switch.Host.Simulators;

/// <summary>
/// A party's books in a file, so that simulators of separate processes can be compared. Cards appear as tokens and
/// masked numbers.
/// </summary>
/// <param name="Party">Whose books: acquirer or issuer.</param>
/// <param name="Name">Its name.</param>
/// <param name="Open">What was not settled yet when the file was written; only 0 can be compared with
/// certainty.</param>
/// <param name="Lines">One line for each thing that was said about a transaction.</param>
internal sealed record BooksFile(string Party, string Name, int Open, IReadOnlyList<BookLine> Lines)
{
    public const string Acquirer = "acquirer";
    public const string Issuer = "issuer";

    /// <summary>Bytes: some two million payments.</summary>
    private const long SizeMax = 1024 * 1024 * 1024;

    private static readonly JsonSerializerOptions Style = new(JsonSerializerDefaults.Web);

    public static BooksFile Of(
        string name, AcquirerDesk desk) => new(Acquirer, name, desk.Open, [.. BooksComparison.Of(desk)]);

    public static BooksFile Of(
        string name, IssuerLedger ledger) => new(Issuer, name, 0, [.. BooksComparison.Of(name, ledger)]);

    /// <exception cref="InvalidDataException">The file holds something else.</exception>
    public static BooksFile Read(string path)
    {
        try
        {
            using Stream file = BoundedFile.OpenRead(path, SizeMax);
            BooksFile? books = JsonSerializer.Deserialize<BooksFile>(file, Style);
            if (books is { Party: Acquirer or Issuer, Lines: not null })
            {
                return books;
            }
        }
        catch (JsonException problem)
        {
            throw new InvalidDataException($"'{path}' is not a file of books.", problem);
        }

        throw new InvalidDataException($"'{path}' is not a file of books.");
    }

    public void Write(string path)
    {
        using FileStream file = File.Create(path);
        JsonSerializer.Serialize(file, this, Style);
    }
}
