namespace Switch.Host.Security;

/// <summary>How a message authentication code is made.</summary>
internal enum MacAlgorithm : byte
{
    /// <summary>ISO/IEC 9797-1 algorithm 1: CBC with the whole triple DES key, the last block.</summary>
    Alg1 = 1,

    /// <summary>
    /// ISO/IEC 9797-1 algorithm 3, the retail MAC of ANSI X9.19: CBC with the left half of a double key, and the last
    /// block with all of it.
    /// </summary>
    Retail = 3,

    /// <summary>CMAC with AES (NIST SP 800-38B). It pads by itself.</summary>
    Cmac = 6,
}

/// <summary>How a message is made a whole number of blocks (ISO/IEC 9797-1).</summary>
internal enum MacPadding : byte
{
    /// <summary>CMAC's own.</summary>
    None = 0,

    /// <summary>Method 1: zeros where the last block is not full.</summary>
    Zeros = 1,

    /// <summary>Method 2: 80 hexadecimal always, then zeros.</summary>
    OneAndZeros = 2,

    /// <summary>Method 3: a block with the length in bits before it, then as method 1.</summary>
    LengthFirst = 3,
}
