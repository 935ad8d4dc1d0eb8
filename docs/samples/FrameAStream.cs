// Cuts what a socket gave into messages: a length of two bytes in front of each, as in the framing len2.
using System.Buffers;
using System.Text;
using Switch.Protocol.Framing;

const int SizeMax = 8192; // A frame that claims more is refused before it is waited for.
if (!FrameFormat.TryGet("len2", out FrameFormat? format))
{
    throw new InvalidOperationException("There is no such framing.");
}

byte[] stream = [.. Framed("0800"), .. Framed(""), .. Framed("0810"), 0, 9, .. "08"u8];
var buffer = new ReadOnlySequence<byte>(stream);
FrameStatus status;
do
{
    status = format.TryDecode(ref buffer, SizeMax, out ReadOnlySequence<byte> frame);
    Console.WriteLine($"{status}: '{Encoding.ASCII.GetString(frame)}'");
}
while (status is FrameStatus.Complete or FrameStatus.Empty);

Console.WriteLine($"{buffer.Length} bytes wait for the rest of their frame.");

byte[] Framed(string message)
{
    var target = new byte[format.OverheadSize + message.Length];
    int size = format.Write(target, Encoding.ASCII.GetBytes(message));
    return target[..size];
}

// Prints:
// Complete: '0800'
// Empty: ''
// Complete: '0810'
// Incomplete: ''
// 4 bytes wait for the rest of their frame.
