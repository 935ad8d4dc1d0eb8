using Switch.Protocol.Fields;

namespace Switch.Tests.Protocol.Fields;

public class FieldSetTests
{
    [Fact]
    public void EveryField_AddedAndRemoved_IsSeenAlone()
    {
        for (int field = 1; field <= Field.MaxWithThirdBitmap; field++)
        {
            FieldSet set = FieldSet.Empty.With(field);

            Assert.Equal(1, set.Count);
            Assert.Equal($"{field}", set.ToString());
            for (int other = -1; other <= 400; other++)
            {
                Assert.Equal(other == field, set.Contains(other));
            }

            Assert.True(set.Without(field).IsEmpty);
        }
    }

    [Fact]
    public void Enumeration_AnySet_Ascends()
    {
        FieldSet set = FieldSet.Of(128, 2, 64, 192, 65, 3, 129, 1, 63);

        Assert.Equal("1,2,3,63,64,65,128,129,192", set.ToString());
        Assert.Equal(9, set.Count);
    }

    [Fact]
    public void Operators_OnSets_AreThoseOfSets()
    {
        FieldSet left = FieldSet.Of(2, 70, 130);
        FieldSet right = FieldSet.Of(2, 71, 131);

        Assert.Equal("2,70,71,130,131", (left | right).ToString());
        Assert.Equal("2", (left & right).ToString());
        Assert.Equal("70,130", left.Except(right).ToString());
        Assert.True(left == FieldSet.Of(130, 70, 2));
        Assert.True(left != right);
        Assert.Equal("46,47,48", FieldSet.Range(46, 48).ToString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(256)]
    public void With_NoSuchField_Throws(int field) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => FieldSet.Empty.With(field));
}
