namespace Switch.Routing.StandIn;

/// <summary>DE 91 of a file action. Values are written to the journal.</summary>
internal enum FileUpdate : byte
{
    None = 0,
    Add = 1,
    Change = 2,
    Delete = 3,
    Inquiry = 5,
}
