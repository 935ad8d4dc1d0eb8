namespace Switch.Host.Simulators.World;

/// <summary>Which owed messages bear which trace numbers: those that share one must differ in DE 7.</summary>
internal sealed class NumberBearers
{
    private readonly Dictionary<(int Issuer, int Stan), List<JournalOwedItem>> _bearers = [];

    /// <summary>Whether an owed message bears a number.</summary>
    public bool Has((int Issuer, int Stan) number) => _bearers.ContainsKey(number);

    /// <summary>A message bears its number; false when another one bears it with the same DE 7.</summary>
    /// <param name="fact">It.</param>
    /// <param name="isShared">Others bear the number, too.</param>
    public bool TryAdd(JournalOwedItem fact, out bool isShared)
    {
        isShared = _bearers.TryGetValue((fact.Issuer, fact.Key.Stan), out List<JournalOwedItem>? bearers);
        if (bearers?.Exists(other => other.Key.Time == fact.Key.Time) == true)
        {
            return false;
        }

        if (bearers is null)
        {
            _bearers.Add((fact.Issuer, fact.Key.Stan), [fact]);
        }
        else
        {
            bearers.Add(fact);
        }

        return true;
    }

    /// <summary>A message has ended.</summary>
    public void Release(JournalOwedItem fact)
    {
        if (_bearers.TryGetValue((fact.Issuer, fact.Key.Stan), out List<JournalOwedItem>? bearers)
            && bearers.Remove(fact) && bearers.Count == 0)
        {
            _bearers.Remove((fact.Issuer, fact.Key.Stan));
        }
    }
}
