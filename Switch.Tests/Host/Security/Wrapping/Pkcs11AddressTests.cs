using Switch.Host.Security.Wrapping;

namespace Switch.Tests.Host.Security.Wrapping;

/// <summary>Where a key is in a token: in the form of RFC 7512, and no PIN in it.</summary>
public class Pkcs11AddressTests
{
    private const string Query = "?module-path=/usr/lib/p11.so&pin-source=file:pin.txt";

    [Fact]
    public void TryParse_AllParts_AreTakenWithTheirEscapes()
    {
        Assert.True(Pkcs11Address.TryParse(
            $"pkcs11:token=my%20switch;serial=12;type=secret-key;object=master%3B1{Query}",
            out Pkcs11Address? address, out _));

        Assert.Equal(
            new Pkcs11Address
            {
                Token = "my switch", Serial = "12", Label = "master;1", Library = "/usr/lib/p11.so",
                PinSource = "file:pin.txt",
            },
            address);
    }

    [Theory]
    [InlineData("pkcs11:token=a;object=b?module-path=/p.so&pin-value=1234", "pin-value")]
    [InlineData("pkcs11:token=a;object=b?module-path=p.so&pin-source=file:p", "not absolute")]
    [InlineData("pkcs11:token=a;object=b;slot-id=1?module-path=/p.so&pin-source=file:p", "slot-id")]
    [InlineData("pkcs11:token=a;object=b;type=private?module-path=/p.so&pin-source=file:p", "type")]
    [InlineData("pkcs11:token=a;object=b", "must be")]
    [InlineData("pkcs11:token=a" + Query, "must be")]
    [InlineData("pkcs11:object=b" + Query, "must be")]
    [InlineData("pkcs11:token=a;object=b?pin-source=file:p", "must be")]
    [InlineData("pkcs11:token=a;object=b?module-path=/p.so", "must be")]
    [InlineData("pkcs11:token=a;token=c;object=b" + Query, "must be")]
    [InlineData("pkcs11:token=;object=b" + Query, "must be")]
    [InlineData("pkcs11:" + Query, "must be")]
    [InlineData("file:kek", "must be")]
    public void TryParse_AnythingElse_IsRefusedWithTheReason(string text, string reason)
    {
        Assert.False(Pkcs11Address.TryParse(text, out Pkcs11Address? address, out string problem));

        Assert.Null(address);
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }
}
