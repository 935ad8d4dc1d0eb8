using Switch.Host.Security;

namespace Switch.Host.Configuration;

/// <summary>How a MAC is made, by the names that partners' specifications have for it.</summary>
internal enum MacMethod
{
    /// <summary>ISO/IEC 9797-1 algorithm 1 with triple DES: CBC, the last block.</summary>
    Cbc,

    /// <summary>ISO/IEC 9797-1 algorithm 3, which is ANSI X9.19.</summary>
    Retail,

    /// <summary>CMAC with AES (NIST SP 800-38B).</summary>
    AesCmac,
}

/// <summary>The MACs of a partner's messages, both ways. They are made with its Keys:Zak.</summary>
internal sealed class MacOptions
{
    /// <summary>In place of a list of fields: all bytes before the MAC.</summary>
    public const string All = "All";

    public MacMethod Algorithm { get; set; } = MacMethod.Retail;

    /// <summary>
    /// 64: DE 64 in messages with one bitmap, DE 128 in those with two (ISO 8583). 128: DE 128 always.
    /// </summary>
    public int Field { get; set; } = 64;

    /// <summary>All, or the numbers of the fields that it covers, in this order; 0 is the message type.</summary>
    public string Covers { get; set; } = All;

    /// <summary>Bytes of it that count, the leftmost: 8 or 4.</summary>
    public int Size { get; set; } = 8;

    /// <summary>False: a message that comes without a MAC is taken all the same. A wrong one never is.</summary>
    public bool Required { get; set; } = true;

    /// <summary>Network management (0800, 0820 and their answers) has MACs too.</summary>
    public bool Network { get; set; } = true;

    /// <summary>As the security module knows it.</summary>
    internal MacAlgorithm ModuleAlgorithm => Algorithm switch
    {
        MacMethod.Cbc => MacAlgorithm.Alg1,
        MacMethod.AesCmac => MacAlgorithm.Cmac,
        _ => MacAlgorithm.Retail,
    };
}
