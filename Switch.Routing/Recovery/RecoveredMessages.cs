using System.Runtime.CompilerServices;
using Switch.Routing.Context;
using Switch.Routing.Duplicates;
using Switch.Routing.Payments;
using Switch.Routing.Records;
using Switch.Routing.Values;

namespace Switch.Routing.Recovery;

/// <summary>Puts acquirers' messages of the journal back into the duplicate table.</summary>
internal static class RecoveredMessages
{
    /// <summary>The entry of a message: as not approved, until its decision says otherwise.</summary>
    public static ref Remembered Remember(CoreContext context, scoped in IdentityBlock identity, long wallMs)
    {
        ref Remembered entry = ref context.Duplicates.Find(identity.Key);
        if (Unsafe.IsNullRef(ref entry))
        {
            entry = ref context.Duplicates.Add(identity.Key, (uint)(wallMs / 1000), identity.Name);
            entry.Flags = Remembering.ClassOf(identity.Mti);
        }

        entry.Content = identity.Content;
        entry.State = RememberedState.Done;
        entry.Answer = Remembering.Pack(ResponseCode.Inoperative, default);
        return ref entry;
    }

    public static void SetLocalTime(CoreContext context, ulong key, LocalTimeBlock time)
    {
        if (!time.IsPresent)
        {
            return;
        }

        ref Remembered entry = ref context.Duplicates.Find(key);
        if (!Unsafe.IsNullRef(ref entry))
        {
            context.Duplicates.SetLocalTime(in entry, time.Value);
        }
    }
}
