using System.Reflection;
using System.Runtime.CompilerServices;

namespace Switch.Tests.House;

/// <summary>The walls between the rooms (docs/internals/architecture.md) as functions from an assembly to
/// complaints.</summary>
internal static class ArchitectureRules
{
    private const BindingFlags Everything = BindingFlags.Static | BindingFlags.Instance
        | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Anything of these in a signature or a field means concurrency or the outside world.</summary>
    private static readonly string[] WorldNamespaces =
        ["System.Threading", "System.Net", "System.IO.Pipelines", "Microsoft.Extensions", "Microsoft.AspNetCore"];

    /// <summary>Assemblies that the room refers to and may not.</summary>
    public static IEnumerable<string> References(Assembly room, params string[] allowed) => room
        .GetReferencedAssemblies()
        .Select(reference => reference.Name!)
        .Where(name => !allowed.Contains(name));

    /// <summary>Members that start work of their own, or hold a handle to the world.</summary>
    public static IEnumerable<string> WorldlyMembers(IEnumerable<Type> types)
    {
        foreach (Type type in types.Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute))))
        {
            if (type.GetInterfaces().Contains(typeof(IAsyncStateMachine)))
            {
                yield return $"{type} is an async method.";
            }

            foreach (MemberInfo member in type.GetMembers(Everything))
            {
                if (member.IsDefined(typeof(AsyncStateMachineAttribute)))
                {
                    yield return $"{type}.{member.Name} is async.";
                }

                foreach (Type used in TypesOf(member).Where(IsWorldly))
                {
                    yield return $"{type}.{member.Name} has a {used}.";
                }
            }
        }
    }

    private static IEnumerable<Type> TypesOf(MemberInfo member) => member switch
    {
        FieldInfo field => Parts(field.FieldType),
        MethodBase method => method.GetParameters().SelectMany(parameter => Parts(parameter.ParameterType))
            .Concat(method is MethodInfo info ? Parts(info.ReturnType) : [])
            .Concat(method.GetMethodBody()?.LocalVariables.SelectMany(local => Parts(local.LocalType)) ?? []),
        _ => [],
    };

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsConstructedGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type)
        : [type];

    private static bool IsWorldly(Type type) => type.Namespace is { } name
        && WorldNamespaces.Any(world => name == world || name.StartsWith(world + ".", StringComparison.Ordinal));
}
