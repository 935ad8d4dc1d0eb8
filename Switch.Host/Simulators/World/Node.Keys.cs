using Switch.Routing.Core;
using Switch.Routing.Effects;
using Switch.Routing.Settings;
using Switch.Routing.Values;

namespace Switch.Host.Simulators.World;

/// <content>Its recovery, and the keys that card tokens are made with.</content>
internal sealed partial class Node
{
    private void Recover(AuthorizationCore core, List<JournaledRecord> replayed)
    {
        if (!NodeCheckpoints.Recover(core, replayed, NewCore, _cuts))
        {
            _context.Report("I13", 0, "a core restored from a checkpoint differs from one that replayed everything");
        }

        core.RequireCardKeys(Moment());
    }

    private AuthorizationCore NewCore(IEffects effects)
    {
        int age = _edge.TokenAge;
        CoreConfiguration configuration = _context.Macs.Core with
        {
            CardTokens = age == 0 ? CardTokenKind.Hmac : CardTokenKind.Cmac,
            CardKeys = new CardKeys(
                age == 0 ? 0 : CardTokens.CheckOf(age),
                age > CardTokens.AgeOfToday ? CardTokens.CheckOf(age - 1) : 0),
        };
        var core = new AuthorizationCore(configuration, effects, NewBacklog());
        _prepare?.Invoke(core);
        return core;
    }

    private SimulatedBacklog NewBacklog() => new(() => _context.Count(Fault.OwedOnDisk));

    private void UseTokens(int age)
    {
        _edge.TokenAge = age;
        Journal.TokenAge = age;
    }

    // A node of version 0.1 is upgraded first. Some of these starts are killed in their midst.
    private void ChangeKey()
    {
        if (_edge.TokenAge is 0 or CardTokens.AgeMax)
        {
            return;
        }

        _context.Count(Fault.KeyRotated);
        UseTokens(_edge.TokenAge + 1);
        CrashInRecoveryAfter = _cuts.Coin() ? (int)_cuts.Between(0, 8) : CrashInRecoveryAfter;
        Reboot();
    }
}
