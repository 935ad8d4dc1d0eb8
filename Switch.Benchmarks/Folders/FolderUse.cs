namespace Switch.Benchmarks.Folders;

/// <summary>One reason why a folder imports another: a member in the first names a type of the second.</summary>
/// <param name="From">The folder of the member: <c>Commands/Dialects</c>, or <c>.</c> for the project itself.</param>
/// <param name="Member">The type and its member, or the type alone for its bases and constraints.</param>
/// <param name="To">The folder of the type that is named.</param>
/// <param name="Type">The type that is named.</param>
internal readonly record struct FolderUse(string From, string Member, string To, string Type);
