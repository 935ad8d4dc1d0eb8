using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Payments;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Payments;

/// <summary>What the journal keeps of a request.</summary>
public class RequestImageTests
{
    /// <summary>The short way, where the fields are canonical, writes what the composer would.</summary>
    [Theory]
    [InlineData("0100", false)]
    [InlineData("0200", false)]
    [InlineData("0101", false)]
    [InlineData("0100", true)]
    [InlineData("0200", true)]
    public void TryWrite_Request_IsTheImageThatAComposerMakes(string mti, bool isByTrack)
    {
        Message? request = null;
        new CoreRig().Request(
            mti: mti,
            change: fields =>
            {
                fields[52] = "0123456789ABCDEF";
                fields[48] = "PRIVATE";
                fields[128] = "0123456789ABCDEF";
                if (isByTrack)
                {
                    fields.Remove(2);
                }
            },
            send: message => request = message);
        Mti type = request!.Mti.WithoutRepeat();
        var composer = new MessageComposer(2_048, FieldTerms.Canonical);
        byte[] expected = new byte[FieldImage.SizeMax(2_048)];
        composer.Start(request.Dialect, type);
        RequestImage.Take(composer, request, request.Dialect);
        Assert.True(composer.TryWriteImage(expected, out int expectedSize, out _));
        byte[] image = new byte[expected.Length];

        bool isWritten = RequestImage.TryWrite(composer, request, type, image, out int size);

        Assert.True(isWritten);
        Assert.Equal(
            Convert.ToHexString(expected.AsSpan(0, expectedSize)), Convert.ToHexString(image.AsSpan(0, size)));
        Assert.Equal(type, FieldImage.MtiOf(image));
        Assert.True(FieldImage.TryRead(image, Field.Pan, out _));
        Assert.DoesNotContain(
            FieldImage.FieldsOf(image.AsSpan(0, size)).ToString().Split(','),
            field => field is "35" or "48" or "52" or "128");
    }
}
