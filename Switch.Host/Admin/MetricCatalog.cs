using System.Diagnostics;
using Switch.Host.Stores;
using static Switch.Host.Admin.Metric;

namespace Switch.Host.Admin;

/// <summary>
/// Every metric that the switch exports. Names and labels are an interface: dashboards and alerts match on them. A test
/// holds that no counter is left out.
/// </summary>
internal static class MetricCatalog
{
    public static IReadOnlyList<Metric> All { get; } =
        [.. Health(), .. Core(), .. Owed(), .. Store(), .. Edge(), .. Ends(), .. Security()];

    private static IEnumerable<Metric> Security() =>
    [
        Gauge(
            "security_module_software", "1 when the security module is software: for test cards only.",
            s => s.Security.IsSoftware ? 1 : 0),
        Counter("hsm_requests", "Requests to hardware security modules.", s => s.Security.Requests),
        Counter("hsm_retries", "Of them, those that a second module was asked for.", s => s.Security.Retries),
        Counter("hsm_timeouts", "Attempts that a module did not answer in time.", s => s.Security.TimeOuts),
        Counter("hsm_out_of_use", "Times that a module was taken out of use.", s => s.Security.OutOfUse),
        Counter("hsm_unknown_replies", "Replies that belong to no request.", s => s.Security.UnknownReplies),
        Counter("hsm_bad_replies", "Replies that could not be read.", s => s.Security.BadReplies),
        Counter("macs_verified", "Messages that came with a right MAC.", s => s.Security.MacsVerified),
        Counter(
            "macs_former_key", "Of them, those sealed with a key that is being replaced.",
            s => s.Security.MacsByFormerKey),
        Counter("macs_sealed", "Messages that were sent with a MAC.", s => s.Security.MacsSealed),
        Counter(
            "macs_not_sealed", "Messages that were not sent because they could get no MAC.",
            s => s.Security.MacsNotSealed),
        Counter("macs_wrong", "Messages that were not believed: their MAC is wrong.", s => s.Core.MacsWrong),
        Counter("macs_missing", "Messages that were not believed: they have no MAC.", s => s.Core.MacsMissing),
        Counter(
            "macs_unavailable", "Messages that were not believed: no security module could verify their MAC.",
            s => s.Core.MacsUnavailable),
    ];

    private static IEnumerable<Metric> Health() =>
    [
        Gauge("ready", "1 while new requests are taken and can be made durable.", s => s.IsReady ? 1 : 0),
        Gauge(
            "journal_failed", "1 after the journal could not be written: nothing is approved.",
            s => s.JournalHasFailed ? 1 : 0),
        Gauge("journal_durable_lsn", "The last journal record that survives a power cut.", s => s.JournalDurableLsn),
        Counter("journal_batches", "Writes to the journal, each with one sync.", s => s.Journal.Batches),
        Counter("journal_records", "Records written to the journal.", s => s.Journal.Records),
        Counter("journal_bytes", "Bytes written to the journal.", s => s.Journal.Bytes),
        Counter(
            "journal_write_seconds", "Time spent in writes and syncs of the journal.",
            s => Seconds(s.Journal.WriteTicks)),
        Gauge(
            "journal_write_seconds_max", "The longest single write and sync since the start.",
            s => Seconds(s.Journal.LongestWriteTicks)),
        .. Keeper(),
        .. CardLists(),
        Gauge("tls_handshakes", "TLS handshakes under way, after their first record.", s => s.TlsHandshakesNow),
        Gauge("tls_hellos", "Connections that have not sent a whole TLS record yet.", s => s.TlsHellosNow),
    ];

    private static IEnumerable<Metric> Keeper() =>
    [
        Gauge("journal_free_bytes", "Bytes free on the journal's disk.", s => s.JournalFreeBytes),
        Gauge(
            "journal_space_low", "1 while the journal's disk is nearly full: stand-in approves nothing.",
            s => s.IsJournalSpaceLow ? 1 : 0),
        Counter("journal_checkpoints", "Checkpoints made.", s => s.Keeper.Checkpoints),
        Gauge("journal_checkpoint_lsn", "The last record that a checkpoint covers.", s => s.Keeper.CheckpointLsn),
        Gauge(
            "journal_checkpoint_timestamp_seconds", "When the newest checkpoint was made, Unix time; 0: there is none.",
            s => s.Keeper.CheckpointMs / 1000.0),
        Counter("journal_segments_removed", "Segments removed by retention.", s => s.Keeper.SegmentsRemoved),
        Counter("journal_segments_scrubbed", "Sealed segments read again.", s => s.Keeper.SegmentsScrubbed),
        Gauge(
            "journal_segments_damaged", "Sealed segments found damaged and not repaired since.",
            s => s.Keeper.Damaged),
    ];

    private static IEnumerable<Metric> CardLists()
    {
        const string Readings = "Readings of the card files while the switch ran, by what became of them.";
        return
        [
            Counter("card_list_readings", "outcome=\"replaced\"", Readings, s => s.CardLists.Replacements),
            Counter("card_list_readings", "outcome=\"refused\"", Readings, s => s.CardLists.Refusals),
            Gauge(
                "card_lists_refused",
                "1 while the last reading of the card files was refused: lists of before are in use.",
                s => s.CardLists.Refused.Count > 0 ? 1 : 0),
        ];
    }

    private static double Seconds(long stopwatchTicks) => stopwatchTicks / (double)Stopwatch.Frequency;

    private static IEnumerable<Metric> Core()
    {
        const string Outcomes = "How requests ended.";
        const string Loops = "What the switch sent to an issuer and found coming in from an acquirer: refused.";
        const string Replays = "Answers to repeats that did not leave: too many waited for the disk, or for too long.";
        return
        [
            Counter("requests", "Authorization and financial requests taken from acquirers.", s => s.Core.Requests),
            Counter("repeats", "Messages recognised as repeats and answered as before.", s => s.Core.Repeats),
            Counter(
                "duplicate_conflicts", "Messages with a known key and other content, answered 94.",
                s => s.Core.DuplicateConflicts),
            Counter(
                "format_errors", "Messages with a mistake, of either side: answered 30, or their connection closed.",
                s => s.Core.FormatErrors),
            Counter("loops_cut", "what=\"message\"", Loops, s => s.Core.LoopsCut),
            Counter("loops_cut", "what=\"connection\"", Loops, s => s.Edge.OwnConnections),
            Counter("acquirer_advices", "Advices taken from acquirers.", s => s.Core.AcquirerAdvices),
            Counter("acquirer_reversals", "Reversals taken from acquirers.", s => s.Core.AcquirerReversals),
            Counter(
                "reversals_unmatched", "Of them, those forwarded as they came, because their original is not known.",
                s => s.Core.UnmatchedReversals),
            Counter(
                "originals_ambiguous", "Reversals and advices that fit more than one payment and were held for none.",
                s => s.Core.OriginalsAmbiguous),
            Counter(
                "originals_disagreeing",
                "Reversals and advices that name a payment of another card, or with another DE 37.",
                s => s.Core.OriginalsDisagreeing),
            Counter(
                "reversal_amounts_refused", "Reversals answered 64: their DE 4 is none of the original's amounts.",
                s => s.Core.ReversalAmountsRefused),
            Counter(
                "reversal_amounts_corrected", "Reversals forwarded with the original's amount instead of their DE 4.",
                s => s.Core.ReversalAmountsCorrected),
            Counter(
                "stale_requests", "New requests answered 94 or 30 for their DE 7: too old, too far ahead, or no date.",
                s => s.Core.StaleRequests),
            Counter(
                "pins_translated", "PIN blocks enciphered under an issuer's key.", s => s.Core.PinsTranslated),
            Counter(
                "pins_refused", "Requests declined for their PIN: none is taken from their acquirer.",
                s => s.Core.PinsRefused),
            Counter(
                "pins_unreadable", "Requests declined for their PIN block: the acquirer's key does not open it.",
                s => s.Core.PinsUnreadable),
            Counter(
                "pins_failed", "PIN blocks that the security module did not encipher, or not in time.",
                s => s.Core.PinsFailed),
            Counter(
                "pin_serial_numbers_refused",
                "Requests declined for their PIN: its key serial number is missing or is none of a terminal.",
                s => s.Core.PinSerialNumbersRefused),
            Counter(
                "look_ups", "Advices and reversals for which the store was asked what they are about.",
                s => s.Core.LookUps),
            Counter(
                "look_ups_found", "Of them, those about something that the store knew and memory did not.",
                s => s.Core.LookUpsFound),
            Counter(
                "look_ups_unavailable", "Of them, those that went on unmatched because the store did not answer.",
                s => s.Core.LookUpsUnavailable),
            Counter(
                "look_ups_refused", "Advices and reversals answered 96 because too many waited for the store.",
                s => s.Core.LookUpsRefused),
            Counter(
                "network_messages", "Network management messages taken, from either side.",
                s => s.Core.NetworkMessages),

            Counter("outcomes", "outcome=\"approved\",by=\"primary\"", Outcomes, s => s.Core.ApprovedByPrimary),
            Counter("outcomes", "outcome=\"approved\",by=\"standby\"", Outcomes, s => s.Core.ApprovedByStandby),
            Counter("outcomes", "outcome=\"approved\",by=\"standin\"", Outcomes, s => s.Core.ApprovedByStandIn),
            Counter("outcomes", "outcome=\"declined\",by=\"issuer\"", Outcomes, s => s.Core.DeclinedByIssuer),
            Counter("outcomes", "outcome=\"declined\",by=\"standin\"", Outcomes, s => s.Core.DeclinedByStandIn),
            Counter("outcomes", "outcome=\"declined\",by=\"switch\"", Outcomes, s => s.Core.DeclinedBySwitch),
            Counter(
                "standin_fallback_approvals", "Stand-in approvals that could not be counted: the ledger was full.",
                s => s.Core.ApprovedOnFallback),
            Counter(
                "copies_unanswered",
                "Copies of requests that the core could not take, or whose first it had refused: not answered.",
                s => s.Core.CopiesUnanswered),
            Counter("replays_unsent", "why=\"full\"", Replays, s => s.Core.ReplaysDropped),
            Counter("replays_unsent", "why=\"late\"", Replays, s => s.Core.ReplaysTooLate),
            Counter(
                "undelivered", "Approvals that could not be handed to their acquirer at once.",
                s => s.Core.Undelivered),
            Counter(
                "expired", "Requests that waited too long to be taken: not answered, their sender has given up.",
                s => s.Core.Expired),
            Counter(
                "administrative_messages", "Administrative messages (06xx) taken.",
                s => s.Core.AdministrativeMessages),
            Counter("file_actions", "File actions (03xx) taken.", s => s.Core.FileActions),
            Counter("reconciliations", "Reconciliation messages (05xx) taken.", s => s.Core.Reconciliations),
            Counter(
                "reconciliations_out", "Reconciliations whose totals were not the switch's: out of balance.",
                s => s.Core.ReconciliationsOut),

            Counter("issuer_requests", "Requests handed to issuers, standbys included.", s => s.Core.SentToIssuers),
            Counter("issuer_timeouts", "Requests that their issuer did not answer in time.", s => s.Core.Timeouts),
            Counter(
                "hedges", "Requests that the standby got too, because the primary took longer than usual.",
                s => s.Core.Hedges),
            Counter(
                "health_changes", "Changes of the health of issuers, their links and routes: see the log for each.",
                s => s.Core.HealthChanges),
            Counter(
                "standstills", "Times that the process did not run for 250 ms or more.", s => s.Core.Standstills),
            Counter(
                "issuer_link_losses", "Requests that were in flight when their link broke.",
                s => s.Core.LinkLosses),
            Counter("late_replies", "Replies that came after their request had ended.", s => s.Core.LateReplies),
            Counter(
                "unmatched_replies", "Replies, of either side, that matched no request, or not all of it.",
                s => s.Core.UnmatchedReplies),

            Counter(
                "fields_left_out", "Fields that the dialect of the other side could not carry.",
                s => s.Core.FieldsLeftOut),

            Gauge("pending", "Transactions open now.", s => s.Core.Pending),
            Gauge("remembered", "Finished transactions remembered for repeats and reversals.", s => s.Core.Remembered),
            Counter(
                "remembered_evicted", "Transactions forgotten before their time, because the table was full.",
                s => s.Core.RememberedEvicted),
            Gauge(
                "standin_exposure", "Stand-in (STIP) approvals that no issuer has acknowledged, in minor units.",
                s => s.Core.StandInExposure),
        ];
    }

    private static IEnumerable<Metric> Owed() =>
    [
        Counter(
            "owed", "kind=\"advice\"", "Store-and-forward (SAF) items that became owed to an issuer.",
            s => s.Core.AdvicesOwed),
        Counter(
            "owed", "kind=\"reversal\"", "Store-and-forward (SAF) items that became owed to an issuer.",
            s => s.Core.ReversalsOwed),
        Counter(
            "owed_acknowledged", "kind=\"advice\"", "Owed messages that their issuer acknowledged.",
            s => s.Core.AdvicesAcknowledged),
        Counter(
            "owed_acknowledged", "kind=\"reversal\"", "Owed messages that their issuer acknowledged.",
            s => s.Core.ReversalsAcknowledged),
        Counter("owed_netted", "Owed messages that cancelled each other before they were sent.", s => s.Core.Netted),
        Counter(
            "owed_parked", "Owed messages parked for a person, because they were refused too often: dead letters.",
            s => s.Core.Parked),
        Counter("owed_sends", "Sendings of owed messages, repeats included.", s => s.Core.OwedSends),
        Counter(
            "owed_timeouts", "Sendings of owed messages that were not answered in time.", s => s.Core.OwedTimeouts),
        Counter("owed_written_off", "Owed messages that a person wrote off.", s => s.Core.WrittenOff),
        Gauge("owed_now", "Messages owed now: the store-and-forward (SAF) backlog.", s => s.Core.OwedNow),
        Gauge("parked_now", "Messages parked now: dead letters.", s => s.Core.ParkedNow),
        Gauge(
            "former_card_tokens", "Cards that a block, a limit or an owed message names by their former token.",
            s => s.Core.FormerCards),
        Gauge(
            "remembered_by_former_token", "Remembered payments that came with a former card token.",
            s => s.Core.RememberedByFormerCard),
    ];

    private static IEnumerable<Metric> Store() =>
    [
        Gauge(
            "store_up", "1 while the journal is projected into the store.",
            s => s.Store.State == StoreState.Following ? 1 : 0),
        Gauge("store_lsn", "The last journal record that is in the store.", s => s.Store.PositionLsn),
        Gauge("store_lag_records", "Durable journal records that are not in the store.", s => s.Store.LagRecords),
        Gauge("store_lag_seconds", "Age of the newest record in the store, while any is missing.",
            s => s.Store.LagSeconds),
        Counter("store_rows", "Rows written to the store.", s => s.Store.Rows),
        Counter("store_batches", "Transactions of the store.", s => s.Store.Batches),
        Counter("store_failures", "Times that the store could not be used.", s => s.Store.Failures),
    ];

    private static IEnumerable<Metric> Edge()
    {
        const string Frames = "Messages on the wire.";
        const string Faults = "Messages that were not what their dialect says.";
        const string Refused = "Acquirer connections turned away.";
        const string Shed = "Requests answered 96 in overload, by what was full; wait: by how long they had waited.";
        return
        [
            Counter("sessions", "Acquirer connections accepted.", s => s.Edge.SessionsAccepted),
            Counter("sessions_refused", "why=\"address\"", Refused, s => s.Edge.SessionsRefusedAddress),
            Counter("sessions_refused", "why=\"cap\"", Refused, s => s.Edge.SessionsRefusedCap),
            Counter("sessions_refused", "why=\"address_cap\"", Refused, s => s.Edge.SessionsRefusedAddressCap),
            Counter("sessions_refused", "why=\"rate\"", Refused, s => s.Edge.SessionsRefusedRate),
            Counter("sessions_refused", "why=\"address_rate\"", Refused, s => s.Edge.SessionsRefusedAddressRate),
            Counter(
                "sessions_delayed",
                "Acquirer connections that waited for their turn: too many came from their address at once.",
                s => s.Edge.SessionsDelayed),
            Counter(
                "sessions_half_closed",
                "Acquirer connections kept for an answer after their peer had closed its half.",
                s => s.Edge.SessionsHalfClosed),
            Counter(
                "messages_after_end",
                "Messages of acquirers that came, at a stop, after the switch had ended its side of the connection. "
                    + "They were dropped.",
                s => s.Edge.AcquirerFramesLate),
            Counter(
                "accept_pauses", "Times that accepting connections stopped for want of descriptors.",
                s => s.Edge.AcceptPauses),
            Gauge("sessions_now", "Acquirer connections open now.", s => s.Edge.SessionsNow),
            Counter("frames", "side=\"acquirer\",direction=\"in\"", Frames, s => s.Edge.AcquirerFramesIn),
            Counter("frames", "side=\"acquirer\",direction=\"out\"", Frames, s => s.Edge.AcquirerFramesOut),
            Counter("frames", "side=\"issuer\",direction=\"in\"", Frames, s => s.Edge.IssuerFramesIn),
            Counter("frames", "side=\"issuer\",direction=\"out\"", Frames, s => s.Edge.IssuerFramesOut),
            Counter("parse_faults", "side=\"acquirer\"", Faults, s => s.Edge.AcquirerParseFaults),
            Counter("parse_faults", "side=\"issuer\"", Faults, s => s.Edge.IssuerParseFaults),
            Counter("shed", "why=\"inbox\"", Shed, s => s.Edge.ShedInbox),
            Counter("shed", "why=\"in_flight\"", Shed, s => s.Edge.ShedInFlight),
            Counter("shed", "why=\"rate\"", Shed, s => s.Edge.ShedRate),
            Counter("shed", "why=\"pool\"", Shed, s => s.Edge.ShedPool),
            Counter("shed", "why=\"wait\"", Shed, s => s.Core.ShedByWait),
            Counter(
                "reads_held_back", "Reads of acquirers' connections that waited for their turn in an overload.",
                s => s.Edge.ReadsHeldBack),
            Counter(
                "shed_copies", "Copies of requests that found no room, or whose other copy was refused: not answered.",
                s => s.Edge.ShedCopies),
            Counter(
                "requests_not_remembered",
                "Requests beyond the exact memory of their acquirer: without room some get no answer.",
                s => s.Edge.RequestsNotRemembered),
            Counter("shed_silently", "Messages that could be neither taken nor answered.", s => s.Edge.ShedSilently),
            Counter("link_connects", "Connections made to issuers.", s => s.Edge.LinkConnects),
            Counter(
                "link_connect_failures", "Attempts to connect to an issuer that failed.",
                s => s.Edge.LinkConnectFailures),
            Counter("link_losses", "Connections to issuers that ended.", s => s.Edge.LinkLosses),
            Gauge("links_now", "Connections to issuers open now.", s => s.Edge.LinksNow),
            Counter(
                "issuer_frames_dropped", "Replies dropped because no message object was free.",
                s => s.Edge.IssuerFramesDropped),
        ];
    }

    private static IEnumerable<Metric> Ends()
    {
        const string Broken = "Connections closed because of what their peer sent, did not send, or did not take.";
        return
        [
            Counter("keep_alives", "Empty frames.", s => s.Edge.KeepAlives),
            Counter("connections_broken", "why=\"over_limit\"", Broken, s => s.Edge.FramesOverLimit),
            Counter("connections_broken", "why=\"malformed\"", Broken, s => s.Edge.FramesMalformed),
            Counter("connections_broken", "why=\"truncated\"", Broken, s => s.Edge.FramesTruncated),
            Counter("connections_broken", "why=\"too_slow\"", Broken, s => s.Edge.FramesTooSlow),
            Counter("connections_broken", "why=\"no_message\"", Broken, s => s.Edge.SessionsWithoutMessage),
            Counter("connections_broken", "why=\"idle\"", Broken, s => s.Edge.SessionsIdle),
            Counter("connections_broken", "why=\"displaced\"", Broken, s => s.Edge.SessionsDisplaced),
            Counter("connections_broken", "why=\"keep_alives\"", Broken, s => s.Edge.KeepAliveFloods),
            Counter("connections_broken", "why=\"write_stalled\"", Broken, s => s.Edge.WritesStalled),
            Counter("connections_broken", "why=\"write_buffer_full\"", Broken, s => s.Edge.WriteBuffersFull),
            Counter("sends_refused", "Sends that found no connection, or no room, at once.", s => s.Edge.SendsRefused),
            Counter(
                "sends_failed", "Sends that found no connection, or no room, when their record was durable.",
                s => s.Edge.SendsFailed),
            Counter("sends_cancelled", "Sends taken back before they were released.", s => s.Edge.SendsCancelled),
            Counter(
                "incidents_not_logged", "Log lines left out because too many came of their kind.",
                s => s.Edge.IncidentsNotLogged),
            Counter(
                "refusals_not_traced", "Refusals beyond what the trace takes in a second.",
                s => s.Edge.RefusalsNotTraced),
            Counter(
                "latencies_not_measured",
                "Durations left out of the histograms: more came at once than may wait to be recorded.",
                s => s.Edge.LatenciesNotMeasured),
            Counter(
                "admin_refused", "Requests at the admin doors refused for who asked, or how.", s => s.Admin.Refused),
            Counter("admin_sign_ins", "Browsers that signed in at the admin listener.", s => s.Admin.SignIns),
            Gauge(
                "admin_requests_now", "Commands that wait for another person's approval.", s => s.Admin.RequestsNow),
            Gauge(
                "admin_single_control", "1 while one person may do what needs two (Admin:DualControl is false).",
                s => s.Admin.IsNotDual ? 1 : 0),
            Gauge("inbox_now", "Messages waiting for the core.", s => s.Edge.InboxNow),
            Gauge("outbox_now", "Sends waiting for their record to be durable.", s => s.Edge.OutboxNow),
            Gauge("messages_lent_now", "Message objects in use.", s => s.Edge.MessagesLentNow),
        ];
    }
}
