using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Switch.Benchmarks.Folders;

/// <summary>
/// Reads which types each member of an assembly names: in its signature, its attributes and the tokens of its body.
/// What the compiler makes for a member (closures, iterators, async methods) counts for the member.
/// </summary>
internal sealed class AssemblyUses : IDisposable
{
    /// <summary>The folder of types that stand in the project's own namespace.</summary>
    public const string RootFolder = ".";

    private readonly string _root;
    private readonly PEReader _file;
    private readonly MetadataReader _metadata;
    private readonly NamedTypes _named;

    /// <param name="assembly">The file; it is closed with this.</param>
    /// <param name="root">The namespace of the project.</param>
    public AssemblyUses(Stream assembly, string root)
    {
        _root = root;
        _file = new PEReader(assembly);
        _metadata = _file.GetMetadataReader();
        _named = new NamedTypes(_metadata);
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Every folder that has a type.</summary>
    public IEnumerable<string> Folders() =>
        _metadata.TypeDefinitions.Select(FolderOf).OfType<string>();

    /// <summary>Every use of a type of the project.</summary>
    public IEnumerable<FolderUse> Uses()
    {
        foreach (TypeDefinitionHandle handle in _metadata.TypeDefinitions)
        {
            if (FolderOf(handle) is not { } from)
            {
                continue;
            }

            foreach ((string member, TypeDefinitionHandle type) in UsesOf(handle))
            {
                if (FolderOf(type) is { } to)
                {
                    yield return new FolderUse(from, member, to, NameOf(type));
                }
            }
        }
    }

    private IEnumerable<(string Member, TypeDefinitionHandle Type)> UsesOf(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        bool isMade = IsMade(_metadata.GetString(type.Name));
        string name = NameOf(handle);
        IEnumerable<TypeDefinitionHandle> own = _named.InType(type);
        foreach (TypeDefinitionHandle used in own)
        {
            yield return (name, used);
        }

        // Fields that the compiler made are local variables that live longer; which there are depends on optimization.
        foreach (FieldDefinitionHandle field in type.GetFields().Where(_ => !isMade))
        {
            FieldDefinition definition = _metadata.GetFieldDefinition(field);
            foreach (TypeDefinitionHandle used in _named.InField(definition))
            {
                yield return (Member(name, definition.Name), used);
            }
        }

        foreach (MethodDefinitionHandle method in type.GetMethods())
        {
            MethodDefinition definition = _metadata.GetMethodDefinition(method);
            string member = isMade ? name : Member(name, definition.Name);
            IEnumerable<TypeDefinitionHandle> body = definition.RelativeVirtualAddress == 0
                ? [] : _named.InBody(_file.GetMethodBody(definition.RelativeVirtualAddress));
            foreach (TypeDefinitionHandle used in _named.InMethod(definition).Concat(body))
            {
                yield return (member, used);
            }
        }
    }

    /// <summary>Null for what the compiler and its generators put beside the project's namespaces.</summary>
    private string? FolderOf(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
        {
            type = _metadata.GetTypeDefinition(type.GetDeclaringType());
        }

        string name = _metadata.GetString(type.Namespace);
        return name == _root ? RootFolder
            : name.StartsWith(_root + ".", StringComparison.Ordinal) ? name[(_root.Length + 1)..].Replace('.', '/')
            : null;
    }

    /// <summary>Outer types first; a type that the compiler made has the name of the member it was made for.</summary>
    private string NameOf(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        string name = Written(_metadata.GetString(type.Name));
        if (type.GetDeclaringType().IsNil)
        {
            return name;
        }

        string outer = NameOf(type.GetDeclaringType());
        return name.Length == 0 ? outer : $"{outer}.{name}";
    }

    private string Member(string type, StringHandle name)
    {
        string written = Written(_metadata.GetString(name));
        return written.Length == 0 ? type : $"{type}.{written}";
    }

    private static bool IsMade(string name) => name.StartsWith('<');

    /// <summary><c>RunAsync</c> for <c>&lt;RunAsync&gt;d__3</c>; empty where the compiler names no member.</summary>
    private static string Written(string name)
    {
        if (!IsMade(name))
        {
            return name.Split('`')[0];
        }

        string inner = name[1..];
        return inner[..Math.Max(0, inner.IndexOf('>', StringComparison.Ordinal))].TrimStart('<');
    }
}
