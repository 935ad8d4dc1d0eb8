using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Switch.Host.Simulators.Hsm;

/// <summary>
/// What a simulated module answers to a command of the payShield family, written from public layouts and apart from the
/// client of the switch. PIN blocks of formats 01, 05 and 47; keys of schemes U, T, X and Y.
/// </summary>
internal static class HsmCommands
{
    private const string LmkCheck = "2686047599999999";

    /// <summary>
    /// The reply behind the header: command, code and fields. Anything that cannot be read is code
    /// 15.
    /// </summary>
    public static byte[] Answer(byte[] body)
    {
        string text = Encoding.Latin1.GetString(body);
        if (text.Length < 2)
        {
            return Encoding.ASCII.GetBytes("ZZ15");
        }

        string name = text[..2];
        var rest = new Fields(text[2..]);
        string reply;
        try
        {
            reply = name switch
            {
                "NC" => $"00{LmkCheck}0000-0000",
                "B2" => "00" + rest.Take(int.Parse(rest.Take(4), NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
                "CC" => Translate(HsmKeys.Open("001", rest.Key()), rest),
                "CA" => Translate(HsmKeys.Open("002", rest.Key()), rest),
                "G0" => Dukpt(rest),
                "M6" => Mac(rest, isCompared: false),
                "M8" => Mac(rest, isCompared: true),
                "BU" => CheckValue(rest),
                "A0" => Generate(rest),
                "A6" => Import(rest),
                "A8" => Export(rest),
                _ => "68",
            };
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException
            or CryptographicException)
        {
            reply = "15";
        }

        return Encoding.Latin1.GetBytes($"{name[0]}{(char)(name[1] + 1)}{reply}");
    }

    private static string Translate(string? source, Fields rest)
    {
        string? destination = HsmKeys.Open("001", rest.Key());
        _ = rest.Take(2);
        return source is null ? "10" : destination is null ? "11" : Pin(source, destination, rest);
    }

    private static string Dukpt(Fields rest)
    {
        string? bdk = HsmKeys.Open("009", rest.Key());
        string? destination = HsmKeys.Open("001", rest.Key());
        int described = rest.Take(3).Sum(static digit => Convert.ToInt32(digit.ToString(), 16));
        string ksn = rest.Take(20);
        return described != 15 ? "15" : bdk is null ? "10" : destination is null ? "11"
            : Pin(HsmKeys.DukptPinKey(bdk, ksn), destination, rest);
    }

    private static string Pin(string source, string destination, Fields rest)
    {
        string block = rest.Take(16);
        string from = rest.Take(2);
        string to = rest.Take(2);
        string account = "0000" + rest.Take(12);
        if (from is not ("01" or "05" or "47") || to is not ("01" or "47"))
        {
            return "23";
        }

        string clear = HsmKeys.Decrypt(source, block);
        clear = from == "05" ? clear : HsmKeys.Xor(clear, account);
        int length = int.Parse(clear.AsSpan(1, 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if (length is < 4 or > 12)
        {
            return "24";
        }

        char control = from switch { "01" => '0', "05" => '1', _ => '3' };
        string pin = clear.Substring(2, length);
        string fill = clear[(2 + length)..];
        bool isFilled = from switch
        {
            "01" => fill.All(static digit => digit == 'F'),
            "47" => fill.All(static digit => digit >= 'A'),
            _ => true,
        };
        if (clear[0] != control || !pin.All(char.IsAsciiDigit) || !isFilled)
        {
            return "20";
        }

        string head = $"{(to == "01" ? '0' : '3')}{length:X}{pin}";
        string made = to == "01" ? head.PadRight(16, 'F')
            : head + RandomNumberGenerator.GetString("ABCDEF", 16 - head.Length);
        return $"00{length:00}{HsmKeys.Encrypt(destination, HsmKeys.Xor(made, account))}{to}";
    }

    private static string Mac(Fields rest, bool isCompared)
    {
        string flags = rest.Take(5);
        string type = rest.Take(3);
        string? key = HsmKeys.Open(type, rest.Key());
        int length = int.Parse(rest.Take(4), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        byte[] data = Encoding.Latin1.GetBytes(rest.Take(length));
        if (key is null)
        {
            return "10";
        }

        if (flags[0] != '0' || flags[1] is not ('0' or '2') || flags[3] is not ('1' or '3')
            || flags[4] is not ('1' or '2'))
        {
            return "15";
        }

        string mac = HsmKeys.Mac(key, flags[3], flags[4], data)[..(flags[2] == '1' ? 16 : 8)];
        return !isCompared ? "00" + mac : rest.Take(mac.Length) == mac ? "00" : "01";
    }

    private static string CheckValue(Fields rest)
    {
        _ = rest.Take(3);
        string key = rest.Key();
        _ = rest.Take(1);
        return HsmKeys.Open(rest.Take(3), key) is { } clear ? "00" + HsmKeys.CheckValue(clear) : "10";
    }

    private static string Generate(Fields rest)
    {
        bool isExported = rest.Take(1) == "1";
        string type = rest.Take(3);
        int size = rest.Take(1) == "T" ? 24 : 16;
        string clear = HsmKeys.MakeOdd(RandomNumberGenerator.GetHexString(size * 2));
        string exported = "";
        if (isExported)
        {
            _ = rest.Take(2);
            if (HsmKeys.Open("000", rest.Key()) is not { } zmk)
            {
                return "10";
            }

            exported = HsmKeys.CloseUnder(zmk, clear, rest.Take(1)[0]);
        }

        return $"00{HsmKeys.Close(type, clear)}{exported}{HsmKeys.CheckValue(clear)}";
    }

    private static string Import(Fields rest)
    {
        string type = rest.Take(3);
        if (HsmKeys.Open("000", rest.Key()) is not { } zmk)
        {
            return "10";
        }

        string clear = HsmKeys.OpenUnder(zmk, rest.Key());
        string odd = HsmKeys.MakeOdd(clear);
        return $"{(odd == clear ? "00" : "01")}{HsmKeys.Close(type, odd)}{HsmKeys.CheckValue(odd)}";
    }

    private static string Export(Fields rest)
    {
        string type = rest.Take(3);
        string? zmk = HsmKeys.Open("000", rest.Key());
        string? clear = HsmKeys.Open(type, rest.Key());
        return zmk is null ? "10" : clear is null ? "11"
            : $"00{HsmKeys.CloseUnder(zmk, clear, rest.Take(1)[0])}{HsmKeys.CheckValue(clear)}";
    }

    /// <summary>The fields of a command, one after the other.</summary>
    private sealed class Fields(string text)
    {
        private int _at;

        public string Take(int length)
        {
            string taken = text.Substring(_at, length);
            _at += length;
            return taken;
        }

        public string Key() => Take(text[_at..] switch
        {
            ['U' or 'X', ..] => 33,
            ['T' or 'Y', ..] => 49,
            _ => throw new FormatException("is no key of a known scheme."),
        });
    }
}
