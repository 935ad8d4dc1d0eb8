using System.Text;
using Switch.Host.Security;
using Switch.Host.Simulators;
using Switch.Tests.Host.Security;

namespace Switch.Tests.Host.Simulators;

/// <summary>The parties' PIN blocks, held against those of the switch's own module.</summary>
public class SimulatorPinTests
{
    private const string Card = "4000000000000002";

    private static readonly SimulatorPin _pin = new(TestModule.TdesA);

    [Theory]
    [InlineData("4000000000000002")]
    [InlineData("4012345678909")]
    [InlineData("4000000000000000006")]
    public void Encipher_FormatZero_IsWhatTheModuleReads(string card)
    {
        string block = _pin.Encipher(SimulatorPin.PinOf(card), card);

        Assert.Equal(
            SimulatorPin.PinOf(card),
            TestModule.Read(
                PinFormat.Iso0, TestModule.TdesA, Encoding.Latin1.GetBytes(block), TestModule.PanOf(card)));
        Assert.Equal(PinVerdict.Right, _pin.Check(block, card));
    }

    [Theory]
    [InlineData(PinFormat.Iso0)]
    [InlineData(PinFormat.Iso3)]
    internal void Check_BlockOfTheModule_IsRead(PinFormat format)
    {
        byte[] block = TestModule.Enciphered(
            format, TestModule.TdesA, SimulatorPin.PinOf(Card), TestModule.PanOf(Card));

        Assert.Equal(PinVerdict.Right, _pin.Check(Encoding.Latin1.GetString(block), Card));
    }

    [Fact]
    public void Check_AnotherPin_IsWrong() =>
        Assert.Equal(PinVerdict.Wrong, _pin.Check(_pin.Encipher(SimulatorPin.WrongPinOf(Card), Card), Card));

    [Fact]
    public void Check_AnotherKeyOrNoBlock_IsUnreadable()
    {
        var other = new SimulatorPin(TestModule.TdesB);
        string block = _pin.Encipher(SimulatorPin.PinOf(Card), Card);

        Assert.Equal(PinVerdict.Unreadable, other.Check(block, Card));
        Assert.Equal(PinVerdict.Unreadable, _pin.Check(block[1..], Card));
        Assert.Equal(PinVerdict.Unreadable, _pin.Check("", Card));
    }

    [Fact]
    public void PinOf_ManyCards_IsFourToSixDigitsAndNotTheSame()
    {
        string[] pins = [.. TestCards.Make(["4"], 200).Select(SimulatorPin.PinOf)];

        Assert.All(pins, static pin => Assert.Matches("^[0-9]{4,6}$", pin));
        Assert.Equal([4, 5, 6], pins.Select(static pin => pin.Length).Distinct().Order());
        Assert.True(pins.Distinct().Count() > 190);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(17)]
    [InlineData(16)] // Two halves that are the same.
    public void Key_OfNoTdes_IsRefused(int size) =>
        Assert.Throws<ArgumentException>(() => new SimulatorPin(new byte[size]));
}
