using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Switch.Benchmarks.Folders;

/// <summary>Which types of its own assembly a piece of metadata names.</summary>
internal sealed class NamedTypes(MetadataReader metadata)
{
    private static readonly Dictionary<int, OperandType> Operands = typeof(OpCodes).GetFields()
        .Select(static field => (OpCode)field.GetValue(null)!)
        .ToDictionary(static code => code.Value & 0xFFFF, static code => code.OperandType);

    private readonly SignatureTypes _signatures = new();

    /// <summary>Its base, its interfaces, its attributes, and the constraints of its parameters.</summary>
    public IEnumerable<TypeDefinitionHandle> InType(TypeDefinition type) =>
    [
        .. InToken(type.BaseType),
        .. type.GetInterfaceImplementations()
            .SelectMany(one => InToken(metadata.GetInterfaceImplementation(one).Interface)),
        .. InConstraints(type.GetGenericParameters()),
        .. InAttributes(type.GetCustomAttributes()),
    ];

    public IEnumerable<TypeDefinitionHandle> InField(FieldDefinition field) =>
        field.DecodeSignature(_signatures, null).Concat(InAttributes(field.GetCustomAttributes()));

    /// <summary>Its signature, its constraints and attributes.</summary>
    public IEnumerable<TypeDefinitionHandle> InMethod(MethodDefinition method) =>
    [
        .. InSignature(method.DecodeSignature(_signatures, null)),
        .. InConstraints(method.GetGenericParameters()),
        .. InAttributes(method.GetCustomAttributes()),
    ];

    /// <summary>What its instructions and its catch clauses name.</summary>
    public IEnumerable<TypeDefinitionHandle> InBody(MethodBodyBlock body)
    {
        HashSet<TypeDefinitionHandle> found =
            [.. body.ExceptionRegions.SelectMany(region => InToken(region.CatchType))];
        BlobReader code = body.GetILReader();
        while (code.RemainingBytes > 0)
        {
            int value = code.ReadByte();
            value = value == 0xFE ? (0xFE << 8) | code.ReadByte() : value;
            switch (Operands[value])
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok
                    or OperandType.InlineType:
                    found.UnionWith(InToken(MetadataTokens.EntityHandle(code.ReadInt32())));
                    break;
                case OperandType.InlineSwitch:
                    int targets = code.ReadInt32();
                    code.Offset += targets * sizeof(int);
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.Offset += sizeof(byte);
                    break;
                case OperandType.InlineVar:
                    code.Offset += sizeof(short);
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += sizeof(long);
                    break;
                default:
                    code.Offset += sizeof(int);
                    break;
            }
        }

        return found;
    }

    private IEnumerable<TypeDefinitionHandle> InToken(EntityHandle token)
    {
        if (token.IsNil)
        {
            return [];
        }

        switch (token.Kind)
        {
            case HandleKind.TypeDefinition:
                return [(TypeDefinitionHandle)token];
            case HandleKind.TypeSpecification:
                return metadata.GetTypeSpecification((TypeSpecificationHandle)token)
                    .DecodeSignature(_signatures, null);
            case HandleKind.MethodDefinition:
                return [metadata.GetMethodDefinition((MethodDefinitionHandle)token).GetDeclaringType()];
            case HandleKind.FieldDefinition:
                return [metadata.GetFieldDefinition((FieldDefinitionHandle)token).GetDeclaringType()];
            case HandleKind.MemberReference:
                return InToken(metadata.GetMemberReference((MemberReferenceHandle)token).Parent);
            case HandleKind.MethodSpecification:
                MethodSpecification method = metadata.GetMethodSpecification((MethodSpecificationHandle)token);
                return method.DecodeSignature(_signatures, null).SelectMany(static types => types)
                    .Concat(InToken(method.Method));
            default:
                return [];
        }
    }

    private IEnumerable<TypeDefinitionHandle> InConstraints(GenericParameterHandleCollection parameters) =>
        parameters.SelectMany(parameter => metadata.GetGenericParameter(parameter).GetConstraints())
            .SelectMany(constraint => InToken(metadata.GetGenericParameterConstraint(constraint).Type));

    private IEnumerable<TypeDefinitionHandle> InAttributes(CustomAttributeHandleCollection attributes) =>
        attributes.SelectMany(attribute => InToken(metadata.GetCustomAttribute(attribute).Constructor));

    private static IEnumerable<TypeDefinitionHandle> InSignature(
        MethodSignature<IEnumerable<TypeDefinitionHandle>> signature) =>
        signature.ParameterTypes.SelectMany(static types => types).Concat(signature.ReturnType);

    /// <summary>All types of this assembly within a signature: elements, arguments, parameters.</summary>
    private sealed class SignatureTypes : ISignatureTypeProvider<IEnumerable<TypeDefinitionHandle>, object?>
    {
        public IEnumerable<TypeDefinitionHandle> GetTypeFromDefinition(
            MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => [handle];

        public IEnumerable<TypeDefinitionHandle> GetTypeFromReference(
            MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => [];

        public IEnumerable<TypeDefinitionHandle> GetTypeFromSpecification(
            MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public IEnumerable<TypeDefinitionHandle> GetPrimitiveType(PrimitiveTypeCode typeCode) => [];

        public IEnumerable<TypeDefinitionHandle> GetArrayType(
            IEnumerable<TypeDefinitionHandle> elementType, ArrayShape shape) => elementType;

        public IEnumerable<TypeDefinitionHandle> GetSZArrayType(IEnumerable<TypeDefinitionHandle> elementType) =>
            elementType;

        public IEnumerable<TypeDefinitionHandle> GetByReferenceType(IEnumerable<TypeDefinitionHandle> elementType) =>
            elementType;

        public IEnumerable<TypeDefinitionHandle> GetPointerType(IEnumerable<TypeDefinitionHandle> elementType) =>
            elementType;

        public IEnumerable<TypeDefinitionHandle> GetPinnedType(IEnumerable<TypeDefinitionHandle> elementType) =>
            elementType;

        public IEnumerable<TypeDefinitionHandle> GetModifiedType(
            IEnumerable<TypeDefinitionHandle> modifier, IEnumerable<TypeDefinitionHandle> unmodifiedType,
            bool isRequired) => modifier.Concat(unmodifiedType);

        public IEnumerable<TypeDefinitionHandle> GetGenericInstantiation(
            IEnumerable<TypeDefinitionHandle> genericType,
            System.Collections.Immutable.ImmutableArray<IEnumerable<TypeDefinitionHandle>> typeArguments) =>
            genericType.Concat(typeArguments.SelectMany(static types => types));

        public IEnumerable<TypeDefinitionHandle> GetGenericMethodParameter(object? genericContext, int index) => [];

        public IEnumerable<TypeDefinitionHandle> GetGenericTypeParameter(object? genericContext, int index) => [];

        public IEnumerable<TypeDefinitionHandle> GetFunctionPointerType(
            MethodSignature<IEnumerable<TypeDefinitionHandle>> signature) => InSignature(signature);
    }
}
