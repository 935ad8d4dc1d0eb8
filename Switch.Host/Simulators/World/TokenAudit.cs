namespace Switch.Host.Simulators.World;

/// <summary>
/// Holds the tokens in the journal to what its starts say (I18): what is new bears the token of the present key, and a
/// card that is known goes from the former to the present one, once.
/// </summary>
internal sealed class TokenAudit(WorldContext context)
{
    private readonly CardTokens _tokens = new(context.Plan.Cards);
    private readonly HashSet<UInt128> _retokened = [];
    private int _age;

    /// <summary>One name for a card, whichever of its tokens is given.</summary>
    public UInt128 CardOf(UInt128 token) => _tokens.CardOf(token);

    /// <summary>A node starts.</summary>
    public void Started(long lsn, int kind, ulong check)
    {
        int age = CardTokens.AgeOf(kind, check);
        if (age < _age || age > CardTokens.AgeMax || (age > _age + 1 && lsn > 1))
        {
            context.Report("I18", 0, $"LSN {lsn} goes from tokens of age {_age} to those of {age}");
        }

        _age = age;
    }

    /// <summary>A message that has just come bears this token.</summary>
    public void Came(UInt128 token)
    {
        if (token != 0 && _tokens.AgeOf(token) is var age && age != _age)
        {
            context.Report("I18", 0, $"what is new bears a token of age {age}, and not of {_age}");
        }
    }

    public void Retokened(long lsn, UInt128 former, UInt128 current)
    {
        if (former == current || _tokens.CardOf(former) != _tokens.CardOf(current)
            || _tokens.AgeOf(former) != _age - 1 || _tokens.AgeOf(current) != _age)
        {
            context.Report("I18", 0, $"LSN {lsn} gives a card the token of another, or one of another key");
        }

        if (!_retokened.Add(current))
        {
            context.Report("I18", 0, $"LSN {lsn} gives a card its new token for the second time");
        }
    }
}
