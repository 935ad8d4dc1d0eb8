using System.CommandLine;
using System.Reflection;
using Switch.Host.Commands;

namespace Switch.Tests.House;

/// <summary>
/// Goal: what a command prints for people is tried with real rows: a table that is only ever empty, or only ever JSON,
/// may fail with its first row. Method: every command is here, with the test that sees its rows, or with the reason why
/// it has none. It is the only list of commands in the tests.
/// </summary>
public class CommandTableTests
{
    private const string PrintsNoTable = "";

    private static readonly Dictionary<string, string> TestByCommand = new(StringComparer.Ordinal)
    {
        [""] = PrintsNoTable,
        ["run"] = PrintsNoTable,
        ["check"] = "CommandLineTests.Check_Sample_SaysWhatItMeans",
        ["demo"] = "DemoCommandTests.Demo_Text_ShowsThePhasesAndItsFigures",
        ["drill list"] = "DrillCommandTests.List_NamesEachDrillOnce",
        ["drill run"] = "ScoreCardTests.Text_EachOutcome_IsALineWithItsReason",
        ["drill all"] = "ScoreCardTests.Text_EachOutcome_IsALineWithItsReason",
        ["send"] = "SendCommandTests.Send_Payment_PrintsTheAnswerMasked",
        ["decode"] = "ToolsPageTests.Page_Examples_AreWhatCommandsPrint",
        ["encode"] = PrintsNoTable,
        ["dialect list"] = "ToolsPageTests.Page_Examples_AreWhatCommandsPrint",
        ["dialect import jpos"] = PrintsNoTable,
        ["dialect import moov"] = PrintsNoTable,
        ["dialect export"] = PrintsNoTable,
        ["dialect describe"] = "ToolsPageTests.Page_Examples_AreWhatCommandsPrint",
        ["dialect diff"] = "ToolsPageTests.Page_Examples_AreWhatCommandsPrint",
        ["simulate issuer"] = "SimulateCommandTests.IssuerAndAcquirer_AtTheirEnd_PrintWhatTheyCounted",
        ["simulate acquirer"] = "SimulateCommandTests.IssuerAndAcquirer_AtTheirEnd_PrintWhatTheyCounted",
        ["simulate compare"] = "SimulateCommandTests.Compare_TwoFiles_ExitCodeSaysWhetherTheyAgree",
        ["simulate hsm"] = PrintsNoTable,
        ["simulate world"] = "SimulateCommandTests.World_AtItsEnd_PrintsTheFaultsItPlayed",
        ["journal verify"] = "JournalToolTests.Verify_DamageInTwoPlaces_ListsBothAndChangesNothing",
        ["journal stat"] = "JournalToolTests.Stat_SeveralStarts_GivesALineEach",
        ["journal export"] = PrintsNoTable,
        ["journal repair"] = PrintsNoTable,
        ["journal reseal"] = PrintsNoTable,
        ["journal checkpoint"] = PrintsNoTable,
        ["explain"] = "StoreCommandTests.Explain_ByReferenceStanOrId_TellsTheWholeStoryWithoutTheCard",
        ["reconcile"] = "OperatorTableTests.Reconcile_ParkedAndThenWrittenOff_SaysSo",
        ["report stand-in"] = "StoreCommandTests.Reconcile_CleanAndThenTamperedWith_SaysWhatDiffers",
        ["store status"] = PrintsNoTable,
        ["store rebuild"] = PrintsNoTable,
        ["keys list"] = "KeysCommandTests.Keys_GeneratedExportedImportedAndRetired_AreListed",
        ["keys generate"] = PrintsNoTable,
        ["keys master"] = PrintsNoTable,
        ["keys wrap"] = PrintsNoTable,
        ["keys rewrap"] = PrintsNoTable,
        ["keys import"] = PrintsNoTable,
        ["keys export"] = PrintsNoTable,
        ["keys retire"] = PrintsNoTable,
        ["keys exchange"] = PrintsNoTable,
        ["admin token"] = PrintsNoTable,
        ["settings"] = "SettingsCommandTests.Settings_OfARunningSwitch_AreRowsAndChangesSayHowManyPersons",
        ["settings list"] = "SettingsCommandTests.Settings_OfARunningSwitch_AreRowsAndChangesSayHowManyPersons",
        ["settings changes"] = "SettingsCommandTests.Settings_OfARunningSwitch_AreRowsAndChangesSayHowManyPersons",
        ["settings request"] = PrintsNoTable,
        ["approvals"] = "OperatorTableTests.Reconcile_ParkedAndThenWrittenOff_SaysSo",
        ["approvals list"] = "OperatorTableTests.Reconcile_ParkedAndThenWrittenOff_SaysSo",
        ["approvals approve"] = PrintsNoTable,
        ["approvals reject"] = PrintsNoTable,
        ["audit list"] = "AuditScenarioTests.Commands_AfterKill_AreInTheJournalWithWhoAndWhyAndWhereFrom",
        ["security self-test"] = "SecuritySelfTestTests.SelfTest_OwnVectors_AllPassWithALineForEach",
        ["status"] = "OperatorTableTests.Issuers_OwedParkedForcedAndHeld_AreShown",
        ["issuers"] = "OperatorTableTests.Issuers_OwedParkedForcedAndHeld_AreShown",
        ["issuers list"] = "OperatorTableTests.Issuers_OwedParkedForcedAndHeld_AreShown",
        ["issuers force-standin"] = PrintsNoTable,
        ["issuers restore"] = PrintsNoTable,
        ["issuers reconnect"] = PrintsNoTable,
        ["issuers pause-advices"] = PrintsNoTable,
        ["issuers resume-advices"] = PrintsNoTable,
        ["advices"] = "OperatorTableTests.Advices_OwedAndParked_AreRowsThatNameTheirIssuer",
        ["advices list"] = "OperatorTableTests.Advices_OwedAndParked_AreRowsThatNameTheirIssuer",
        ["advices retry"] = PrintsNoTable,
        ["advices release"] = PrintsNoTable,
        ["advices write-off"] = PrintsNoTable,
        ["cards"] = "OperatorTableTests.Cards_Alone_ListsProfilesAndSaysWhichIsOff",
        ["cards list"] = "OperatorTableTests.Cards_Alone_ListsProfilesAndSaysWhichIsOff",
        ["cards reload"] = PrintsNoTable,
        ["velocity"] = "VelocityTests.Table_KeyThatIsOver_IsARowThatFitsTheScreen",
        ["velocity list"] = "VelocityTests.Table_KeyThatIsOver_IsARowThatFitsTheScreen",
        ["velocity clear"] = PrintsNoTable,
        ["tls"] = "OperatorTableTests.Tls_Alone_ListsPartners",
        ["tls list"] = "OperatorTableTests.Tls_Alone_ListsPartners",
        ["tls reload"] = PrintsNoTable,
        ["trace"] = "TraceTests.Trace_AfterAFrameOverTheLimit_SaysThatItMayBeAnotherFraming",
    };

    [Fact]
    public void Commands_ThatRun_AreHereWithTheTestOfTheirTable()
    {
        var commands = new List<string>();
        void Add(Command command, string path)
        {
            if (command.Action is not null)
            {
                commands.Add(path);
            }

            foreach (Command child in command.Subcommands)
            {
                Add(child, $"{path} {child.Name}".Trim());
            }
        }

        Add(CommandLine.Build(), "");

        Assert.Equal(commands.Order(StringComparer.Ordinal), TestByCommand.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Tests_ThatAreNamed_AreThere()
    {
        HashSet<string> tests =
        [
            .. typeof(CommandTableTests).Assembly.GetTypes().SelectMany(static type => type.GetMethods())
                .Where(static method => method.GetCustomAttribute<FactAttribute>() is not null)
                .Select(static method => $"{method.DeclaringType!.Name}.{method.Name}"),
        ];

        Assert.All(
            TestByCommand.Where(static pair => pair.Value != PrintsNoTable),
            pair => Assert.True(tests.Contains(pair.Value), $"{pair.Key}: there is no test {pair.Value}"));
    }
}
