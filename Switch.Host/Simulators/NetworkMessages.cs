using System.Globalization;

namespace Switch.Host.Simulators;

/// <summary>Network management of either side (docs/domain.md section 1.7).</summary>
internal static class NetworkMessages
{
    public const string SignOn = "001";
    public const string SignOff = "002";
    public const string Echo = "301";
    public const string NewPinKey = "161";
    public const string NewMacKey = "162";

    public static PlainMessage Request(string code, int stan, DateTime utcNow) => new(800)
    {
        [7] = utcNow.ToString("MMddHHmmss", CultureInfo.InvariantCulture),
        [11] = stan.ToString("D6", CultureInfo.InvariantCulture),
        [70] = code,
    };

    public static PlainMessage Answer(PlainMessage request) => new(PlainMessage.ResponseTo(request.Mti))
    {
        [7] = request[7],
        [11] = request[11],
        [39] = SimulatorResponseCodes.Approved,
        [70] = request[70],
    };
}
