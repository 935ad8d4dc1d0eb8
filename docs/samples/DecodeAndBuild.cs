// Reads a purchase in the dialect iso87-ascii, shows it with card data masked, and makes its answer.
using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Masking;
using Switch.Protocol.Messages;

byte[] bytes = "02007020000000C00000164000001234567899000000000000001500000123TERM0001MERCHANT0000001"u8.ToArray();
var request = new Message(capacity: 1024);
bool isRead = request.TryLoad(Dialect.Get("iso87-ascii"), bytes, out ParseFault fault);
Console.WriteLine(isRead ? $"{request.Mti} of {Masker.MaskedPan(request.Raw(Field.Pan))}" : $"Refused: {fault}");

var composer = new MessageComposer(sizeMax: 1024);
composer.Start(request.Dialect, request.Mti.Response());
composer.Take(request, FieldSet.Of(Field.ProcessingCode, Field.Amount, Field.Stan, Field.TerminalId));
composer.Set(Field.ResponseCode, "00"u8);
bool isMade = composer.TryWrite(out ReadOnlySpan<byte> answer, out fault);
Console.WriteLine(isMade ? Encoding.ASCII.GetString(answer) : $"Cannot be made: {fault}");

// Prints:
// 0200 of 400000******7899
// 0210302000000280000000000000000000150000012300TERM0001
