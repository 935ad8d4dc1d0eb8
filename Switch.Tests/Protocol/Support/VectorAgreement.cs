using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Tests.Protocol.Support;

/// <summary>Holds a dialect, wherever it comes from, against the vectors of a built-in one, both ways.</summary>
internal static class VectorAgreement
{
    /// <summary>How many vectors have only fields that the dialect has; all of these agree.</summary>
    public static int Count(Dialect dialect, string vectors)
    {
        int count = 0;
        var message = new Message(8192);
        var composer = new MessageComposer(8192);
        foreach (Vector vector in Vector.Of(vectors).Where(vector => vector.Fields.Keys.All(dialect.Defined.Contains)))
        {
            Assert.True(message.TryLoad(dialect, vector.Bytes, out ParseFault fault), $"{vector}: {fault}");
            Assert.Equal(string.Join(',', vector.Fields.Keys), message.Fields.ToString());
            Assert.True(Mti.TryParse(Encoding.ASCII.GetBytes(vector.Mti), out Mti mti));
            composer.Start(dialect, mti);
            foreach (int field in vector.Fields.Keys)
            {
                byte[] text = new byte[message.TextLength(field)];
                message.CopyText(field, text);
                Assert.Equal(vector.TextOf(field), text);
                composer.Set(field, text);
            }

            Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out fault), $"{vector}: {fault}");
            Assert.Equal(Convert.ToHexString(vector.Bytes), Convert.ToHexString(bytes));
            count++;
        }

        return count;
    }
}
