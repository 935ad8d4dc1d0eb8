using System.Globalization;
using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Core;
using Switch.Routing.Effects;
using Switch.Routing.Journal;
using Switch.Routing.Settings;
using Switch.Routing.Values;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Core;

/// <summary>
/// Decode, route, decide, encode: nothing is allocated per message once the core is warm, on any of the ways that
/// traffic takes, stand-in and its advices included.
/// </summary>
public class AllocationTests
{
    private const int Warm = 3_000;

    [Fact]
    public void ApprovedByIssuer_AllocatesNothing() => AssertNoAllocation(isLinkUp: true, reverses: false);

    [Fact]
    public void ApprovedByStandInAndAdvised_AllocatesNothing() => AssertNoAllocation(isLinkUp: false, reverses: false);

    [Fact]
    public void ApprovedAndReversedByTheAcquirer_AllocatesNothing() =>
        AssertNoAllocation(isLinkUp: true, reverses: true);

    /// <summary>A rule for each scope that counts everything.</summary>
    [Fact]
    public void CountedByRulesOfVelocity_AllocatesNothing() => AssertNoAllocation(
        isLinkUp: true, reverses: false,
        new VelocitySettings { Rules = [.. Enum.GetValues<VelocityScope>().Select(Of)] });

    [Fact]
    public void DeclinedByARuleOfVelocity_AllocatesNothing()
    {
        VelocityRule rule = Of(VelocityScope.Terminal) with
        {
            Action = VelocityAction.Decline,
            DistinctCards = 1,
            Declines = 0,
            SmallAmounts = 0,
            For = TimeSpan.FromHours(24),
        };
        var line = new Line(isLinkUp: true, new VelocitySettings { Rules = [rule] });
        int rounds = 0;

        Assert.Equal(0, AllocationMeter.Of(() => line.Round(rounds++, reverses: false), Warm));
        Assert.Equal(rounds, line.Core.Counters.DeclinedBySwitch);
    }

    private static VelocityRule Of(VelocityScope per) => new()
    {
        Name = $"per-{per}", Per = per, Window = TimeSpan.FromSeconds(1), DistinctCards = 1_000, Declines = 1,
        SmallAmounts = 10, SmallAmountMax = 1_000, Currency = 392, KeysMax = 64,
    };

    private static void AssertNoAllocation(bool isLinkUp, bool reverses, VelocitySettings? velocity = null)
    {
        var line = new Line(isLinkUp, velocity);
        int rounds = 0;

        Assert.Equal(0, AllocationMeter.Of(() => line.Round(rounds++, reverses), Warm));
        CoreCounters counters = line.Core.Counters;
        Assert.Equal(
            rounds, isLinkUp ? counters.ApprovedByPrimary : counters.ApprovedByStandIn);
        Assert.Equal(reverses ? rounds : 0, counters.ReversalsAcknowledged);
        Assert.Equal(isLinkUp ? 0 : rounds, counters.AdvicesAcknowledged);
    }

    /// <summary>One acquirer, one issuer that answers everything, and a world that copies into fixed buffers.</summary>
    private sealed class Line : IEffects
    {
        private static readonly CardTokenizer Tokens = new("a key of thirty-two bytes for us"u8);

        private readonly Message _request = new(2_048);
        private readonly Message _reply = new(2_048);
        private readonly byte[] _requestBytes;
        private readonly byte[] _reversalBytes;
        private readonly byte[] _toLink = new byte[2_048];
        private readonly byte[] _sink = new byte[16_384];
        private readonly MessageComposer _issuer = new(2_048);
        private readonly Dialect _dialect = Dialect.Get("iso87-ascii");
        private readonly Dialect _issuerDialect = Dialect.Get("iso87-binary");
        private readonly FieldSet _echoed = FieldSet.Of(2, 3, 4, 7, 11, 37, 41, 42, 49);
        private readonly bool _isLinkUp;
        private int _toLinkSize;
        private long _lsn;
        private long _ticks = 1;

        public Line(bool isLinkUp, VelocitySettings? velocity = null)
        {
            _isLinkUp = isLinkUp;
            CoreConfiguration configuration = CoreRig.Default() with
            {
                DuplicatesMax = 1_000,
                Velocity = velocity ?? VelocitySettings.None,
            };
            configuration = configuration with
            {
                StandInProfiles =
                [
                    configuration.StandInProfiles[0] with
                    {
                        PerCardCount = int.MaxValue, PerCardAmount = long.MaxValue, IssuerExposure = long.MaxValue / 2,
                        PerCardWindow = TimeSpan.FromMilliseconds(100),
                    },
                ],
                Issuers =
                [
                    configuration.Issuers[0] with
                    {
                        Advices = new AdviceSettings { RatePerSecond = 1_000_000 }, Health = HealthSettings.Default,
                    },
                    configuration.Issuers[1],
                ],
            };
            Core = new AuthorizationCore(configuration, this);
            Core.FinishRecovery(new Instant(_ticks, 1_700_000_000_000));
            Core.JournalCommitted(_lsn);
            var rig = new CoreRig();
            _requestBytes = rig.Make(_dialect, "0100", new Fields
            {
                [2] = CoreRig.Card, [3] = "000000", [4] = "000000000100", [7] = "1122100000", [11] = "000001",
                [14] = "3012",
                [18] = "5411", [22] = "051", [32] = "123456", [35] = $"{CoreRig.Card}=30121010000000000",
                [37] = "632600000001",
                [41] = "TERM0001", [42] = "MERCHANT0000001", [49] = "392",
            }).Bytes.ToArray();
            _reversalBytes = rig.Make(_dialect, "0420", new Fields
            {
                [2] = CoreRig.Card, [3] = "000000", [4] = "000000000100", [7] = "1122100000", [11] = "000001",
                [32] = "123456",
                [37] = "632600000001", [41] = "TERM0001", [42] = "MERCHANT0000001", [49] = "392",
                [90] = "010000000111221000000000012345600000000000",
            }).Bytes.ToArray();
        }

        public AuthorizationCore Core { get; }

        public void Round(int number, bool reverses)
        {
            _ticks += TimeSpan.FromMilliseconds(10).Ticks;
            Core.SetTime(new Instant(_ticks, 1_700_000_000_000 + (_ticks / Instant.TicksPerMs)));
            int stan = 1 + (number % 999_998);
            if (_isLinkUp)
            {
                Core.LinkUp(0); // Again and again is harmless, and keeps the round the same.
            }
            else
            {
                Core.LinkDown(0);
                Core.LinkDown(1);
            }

            FromAcquirer(_requestBytes, stan, originalAt: -1);
            Commit();
            AnswerIssuerLeg();
            if (reverses)
            {
                FromAcquirer(_reversalBytes, stan, originalAt: _reversalBytes.Length - 38);
                Commit();
            }

            Core.LinkUp(0);
            Core.Tick();
            AnswerIssuerLeg();
        }

        public long Append(RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret)
        {
            open.CopyTo(_sink);
            secret.CopyTo(_sink);
            return ++_lsn;
        }

        public SendTicket SendToSession(
            int session, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default)
        {
            message.CopyTo(_sink);
            return new SendTicket(-1);
        }

        public SendTicket SendToLink(
            int link, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default)
        {
            message.CopyTo(_toLink);
            _toLinkSize = message.Length;
            return new SendTicket(-1);
        }

        public bool TryCancel(SendTicket ticket) => false;

        public void CloseSession(int session, CloseReason why)
        {
        }

        public void CloseLink(int link, CloseReason why)
        {
        }

        public void Return(Message message)
        {
        }

        public void Raise(Incident incident, long subject, long value)
        {
        }

        private void FromAcquirer(byte[] template, int stan, int originalAt)
        {
            // DE 11 follows DE 2, 3, 4 and 7 in both templates: MTI 4, bitmap 16 or 32 hexadecimal characters.
            int bitmap = originalAt < 0 ? 16 : 32;
            int stanAt = 4 + bitmap + 2 + 16 + 6 + 12 + 10;
            stan.TryFormat(template.AsSpan(stanAt, 6), out _, "D6", CultureInfo.InvariantCulture);
            if (originalAt >= 0)
            {
                stan.TryFormat(template.AsSpan(originalAt, 6), out _, "D6", CultureInfo.InvariantCulture);
            }

            if (!_request.TryLoad(_dialect, template, out ParseFault fault))
            {
                throw new InvalidOperationException(fault.ToString());
            }

            _request.TryGetPan(out Pan pan);
            _request.Card = Tokens.Of(pan);
            Core.AcquirerMessage(1, 0, _request);
        }

        private void AnswerIssuerLeg()
        {
            if (_toLinkSize == 0 || !_reply.TryLoad(_issuerDialect, _toLink.AsSpan(0, _toLinkSize), out _))
            {
                return;
            }

            _toLinkSize = 0;
            _issuer.Start(_issuerDialect, _reply.Mti.Response());
            _issuer.Take(_reply, _echoed & _reply.Fields);
            _issuer.Set(39, "00"u8);
            _issuer.Set(38, "123456"u8);
            if (_issuer.TryWrite(out ReadOnlySpan<byte> bytes, out _) && _reply.TryLoad(_issuerDialect, bytes, out _))
            {
                Core.IssuerMessage(0, _reply);
                Commit();
            }
        }

        private void Commit() => Core.JournalCommitted(_lsn);
    }
}
