namespace Switch.Host.Simulators;

/// <summary>
/// The keys of a simulated issuer, in clear: those of the start, and those that the switch sends (0800 with 161 or
/// 162). Of each kind the one before is taken too, and older ones are refused.
/// </summary>
internal sealed class IssuerKeys(IssuerProfile profile, SimulatorMac? mac)
{
    private readonly List<(char Kind, string CheckValue)> _had = [];
    private SimulatorPin? _pin = profile.Pin;
    private SimulatorPin? _formerPin;

    /// <summary>Null: it looks at no PINs.</summary>
    public PinVerdict? Check(string block, string pan) =>
        _pin?.Check(block, pan) is PinVerdict.Unreadable && _formerPin is { } former
            ? former.Check(block, pan) : _pin?.Check(block, pan);

    /// <summary>DE 39 for a key that came.</summary>
    /// <param name="checkValue">Of the key, where it has it now.</param>
    public string Take(string text, out string? checkValue)
    {
        checkValue = null;
        if (profile.ZoneKey is not { } zone)
        {
            return "40";
        }

        if (!KeyUnderZone.TryRead(text, zone, out char kind, out byte[] key))
        {
            return "63";
        }

        (char Kind, string CheckValue) named = (kind, KeyUnderZone.CheckValue(key));
        bool isCurrent = _had.FindLast(one => one.Kind == kind) == named;
        if (!isCurrent && _had.Contains(named))
        {
            return "94";
        }

        if (!isCurrent)
        {
            _had.Add(named);
            Adopt(kind, key);
        }

        checkValue = named.CheckValue;
        return SimulatorResponseCodes.Approved;
    }

    private void Adopt(char kind, byte[] key)
    {
        if (kind == 'M')
        {
            mac?.Adopt(key);
        }
        else
        {
            (_pin, _formerPin) = (new SimulatorPin(key), _pin);
        }
    }
}
