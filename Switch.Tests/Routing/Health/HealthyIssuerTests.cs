using Switch.Routing.Health;
using Switch.Routing.Settings;
using Switch.Routing.Values;

namespace Switch.Tests.Routing.Health;

/// <summary>An issuer that is as it usually is must never be diverted.</summary>
public sealed class HealthyIssuerTests
{
    private const long Look = 50 * Instant.TicksPerMs;
    private const int Requests = 1_000_000;
    private const long Timeout = 3 * TimeSpan.TicksPerSecond;

    /// <summary>One request in 200 is lost, and every other minute replies take three times as long.</summary>
    [Theory]
    [InlineData(15)]
    [InlineData(400)]
    public void Health_MillionRequestsOfAHealthyIssuer_FindsNothing(int perSecond)
    {
        var random = new Random(perSecond);
        var health = new IssuerHealth(HealthSettings.Default, [0], TimeSpan.FromTicks(Timeout), 20_000);
        HealthSubject[] parts = [health.Whole, health.Links[0], health.AddRoute(0)];
        var open = new PriorityQueue<(long SentAt, bool IsLost), long>();
        long now = TimeSpan.TicksPerSecond;
        long nextLook = now;
        for (int i = 0; i < Requests; i++)
        {
            now += (long)(TimeSpan.TicksPerSecond / (double)perSecond * 2 * random.NextDouble());
            while (open.TryPeek(out (long SentAt, bool IsLost) request, out long endsAt) && endsAt <= now)
            {
                open.Dequeue();
                End(health, parts, request.SentAt, endsAt, request.IsLost);
            }

            if (now >= nextLook)
            {
                nextLook = now + Look;
                health.Step(now, ownDelay: 0);
                foreach (HealthSubject part in parts)
                {
                    HealthCause cause = part.Look(now, now - health.OverdueAfter, now - health.FailedAfter);
                    Assert.True(cause == HealthCause.None, $"{part.Scope}: {cause} at request {i}");
                }
            }

            bool isLost = random.Next(200) == 0;
            int factor = now / TimeSpan.TicksPerMinute % 2 == 0 ? 1 : 3;
            long took = isLost ? Timeout : random.Next(5, 51) * factor * Instant.TicksPerMs;
            open.Enqueue((now, isLost), now + took);
            foreach (HealthSubject part in parts)
            {
                part.Take(now, health.SlotOf(now), random.Next(100, 100_000), counts: true);
            }
        }
    }

    /// <summary>The switch itself is late: it must not blame its issuers.</summary>
    [Fact]
    public void Health_OwnDelay_IsNotTheIssuers()
    {
        var health = new IssuerHealth(HealthSettings.Default, [0], TimeSpan.FromTicks(Timeout), 20_000);
        long now = TimeSpan.TicksPerSecond;
        for (int i = 0; i < 20; i++)
        {
            now += 10 * Instant.TicksPerMs;
            health.Whole.Take(now, health.SlotOf(now), 100, counts: true);
        }

        now += 900 * Instant.TicksPerMs;
        health.Step(now, ownDelay: 800 * Instant.TicksPerMs);
        Assert.Equal(HealthCause.None, LookAt(health, now));
        health.Step(now, ownDelay: 0);
        Assert.Equal(HealthCause.Silence, LookAt(health, now));
    }

    [Fact]
    public void Cap_WhileMostFail_FallsByHalvesAndGrowsBack()
    {
        var health = new IssuerHealth(HealthSettings.Default, [0], TimeSpan.FromTicks(Timeout), 1_000);
        HealthSubject whole = health.Whole;
        long now = TimeSpan.TicksPerSecond;
        for (int i = 0; i < 400; i++)
        {
            whole.Take(now, health.SlotOf(now), 100, counts: true);
        }

        now += 500 * Instant.TicksPerMs;
        whole.StepCap(now, now - (200 * Instant.TicksPerMs));
        Assert.Equal(200, whole.InFlightCap);
        Assert.False(whole.HasRoom);
        for (int i = 0; i < 10; i++)
        {
            whole.StepCap(now, now - (200 * Instant.TicksPerMs));
        }

        Assert.Equal(HealthSettings.Default.InFlightMin, whole.InFlightCap);
        now += 20 * TimeSpan.TicksPerSecond;
        whole.Look(now, now, now);
        for (int i = 0; i < 30; i++)
        {
            whole.StepCap(now, now);
        }

        Assert.Equal(1_000, whole.InFlightCap);
    }

    /// <summary>What waits for a long time-out must not keep probes away.</summary>
    [Fact]
    public void Probe_WhileMoreAreInFlightThanTheCap_GoesAllTheSame()
    {
        var health = new IssuerHealth(HealthSettings.Default, [0], TimeSpan.FromTicks(Timeout), 1_000);
        HealthSubject whole = health.Whole;
        long now = TimeSpan.TicksPerSecond;
        for (int i = 0; i < 100; i++)
        {
            whole.Take(now, health.SlotOf(now), 100, counts: true);
        }

        whole.Eject(now, 100);
        now += 500 * Instant.TicksPerMs;
        whole.StepCap(now, now);
        whole.StepCap(now, now);

        Assert.False(whole.HasRoom);
        Assert.Equal(HealthGate.Probe, whole.Ask(now));
    }

    private static HealthCause LookAt(IssuerHealth health, long now) =>
        health.Whole.Look(now, now - health.OverdueAfter, now - health.FailedAfter);

    private static void End(IssuerHealth health, HealthSubject[] parts, long sentAt, long now, bool isLost)
    {
        Verdict verdict = isLost ? Verdict.Lost : now - sentAt > health.FailedAfter ? Verdict.Slow : Verdict.Good;
        foreach (HealthSubject part in parts)
        {
            part.Ended(sentAt, health.SlotOf(sentAt), now, verdict, 100, counts: true);
        }

        if (verdict == Verdict.Good)
        {
            health.Usual.Add(now - sentAt);
        }
    }
}
