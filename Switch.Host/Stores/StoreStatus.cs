using System.Text.Json.Serialization;

namespace Switch.Host.Stores;

/// <summary>How the projection into the store stands. Names are shown in <c>/api/status</c>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StoreState>))]
internal enum StoreState
{
    /// <summary>None is configured.</summary>
    Off,

    /// <summary>Being opened, or opened anew.</summary>
    Opening,

    /// <summary>Rows go in.</summary>
    Following,

    /// <summary>Tried again, with pauses.</summary>
    Unavailable,

    /// <summary>It holds something that this switch must not touch: a person must act.</summary>
    Refused,
}

/// <summary>The projection as of now.</summary>
/// <param name="State">How it stands.</param>
/// <param name="Provider">Which store.</param>
/// <param name="PositionLsn">The last journal record that is in the store.</param>
/// <param name="LagRecords">Durable records that are not in it yet.</param>
/// <param name="LagSeconds">Age of the last record that is in it; 0 when none is missing.</param>
/// <param name="Rows">Written since the start.</param>
/// <param name="Batches">Transactions since the start.</param>
/// <param name="Failures">Times that it could not be opened, or did not take a batch.</param>
/// <param name="LastFailure">The last of them; empty: none since it was last reached.</param>
internal sealed record StoreStatus(
    StoreState State, string Provider, long PositionLsn, long LagRecords, double LagSeconds, long Rows, long Batches,
    long Failures, string LastFailure)
{
    public static StoreStatus Off { get; } = new(StoreState.Off, "None", 0, 0, 0, 0, 0, 0, "");
}
