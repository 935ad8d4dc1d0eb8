#!/usr/bin/env python3
"""Reads a Switch journal. Written from docs/internals/journal.md alone, to check that page.

Shares no code with the switch.

usage: read_journal.py FOLDER      one JSON object a line per record, then one with totals; exit code 1 on a bad place
"""
import json
import os
import re
import struct
import sys

HEADER_SIZE = 4096
RECORD_HEADER_SIZE = 40
RECORD_SIZE_MAX = 1048576
GROUPED_HEADER_SIZE = 20
GROUP = 252
SEAL = 254
LOST = 253


def make_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


TABLE = make_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


class Bad(Exception):
    pass


def up(value, multiple):
    return (value + multiple - 1) // multiple * multiple


def name_at(data, offset):
    return data[offset + 1:offset + 1 + data[offset]].decode("utf-8")


def read_header(data, number):
    if data[:8] != b"SWJRNL\r\n":
        raise Bad("no magic")
    if crc32c(data[:4092]) != struct.unpack_from("<I", data, 4092)[0]:
        raise Bad("CRC of the header")
    (version, _, block, found, first, created, epoch, replay, capacity) = struct.unpack_from("<HHIQQQQQQ", data, 8)
    if version not in (1, 2) or found != number or block not in (512, 1024, 2048, 4096):
        raise Bad("version, number or block size")
    return {
        "version": version, "block": block, "firstLsn": first, "created": created, "epoch": epoch, "replayFrom": replay,
        "capacity": capacity, "salt": data[64:80], "previous": struct.unpack_from("<I", data, 80)[0],
        "tokenCheck": struct.unpack_from("<Q", data, 88)[0], "cluster": name_at(data, 96), "node": name_at(data, 160),
        "crc": struct.unpack_from("<I", data, 4092)[0],
    }


def whole_record(data, offset, salt):
    """The record that starts at this offset, or None."""
    if offset + RECORD_HEADER_SIZE > len(data):
        return None
    crc, length, lsn, time, previous, index, kind, flags, key, open_length = struct.unpack_from("<IIQQIIBBHI", data, offset)
    if not RECORD_HEADER_SIZE <= length <= RECORD_SIZE_MAX or flags > 1 or kind in (0, 255) or lsn == 0:
        return None
    rest = length - RECORD_HEADER_SIZE - open_length
    end = offset + up(length, 8)
    if end > len(data) or (rest < 17 if flags else rest != 0):
        return None
    if crc32c(salt + data[offset + 4:end]) != crc:
        return None
    return {
        "crc": crc, "length": length, "lsn": lsn, "time": time, "previous": previous, "index": index, "type": kind,
        "keyId": key, "open": data[offset + 40:offset + 40 + open_length], "secretSize": rest - 16 if flags else 0,
        "offset": offset, "end": end,
    }


def records_of(group, data):
    """The records of a group. Each is its own, and has of the group what they share."""
    at, records, secrets = group["offset"] + RECORD_HEADER_SIZE, [], 0
    end = at + len(group["open"])
    while at < end:
        if at + GROUPED_HEADER_SIZE > end:
            raise Bad(f"group at {group['offset']}")
        time, open_length, secret_length, kind = struct.unpack_from("<QIII", data, at)
        opens = at + GROUPED_HEADER_SIZE
        if opens + open_length > end or not 1 <= kind <= 251:
            raise Bad(f"group at {group['offset']}")
        records.append({
            "crc": group["crc"], "length": GROUPED_HEADER_SIZE + open_length + secret_length,
            "lsn": group["lsn"] + len(records), "time": time, "previous": group["previous"],
            "index": group["index"] + len(records), "type": kind, "keyId": group["keyId"] if secret_length else 0,
            "open": data[opens:opens + open_length], "secretSize": secret_length, "offset": at, "end": group["end"],
        })
        secrets += secret_length
        at = opens + open_length
    if not records or secrets != group["secretSize"]:
        raise Bad(f"group at {group['offset']}")
    return records


def read_segment(data, header):
    """Yields the records; the last one is the seal if the segment is sealed."""
    offset, lsn, previous, index, taken = HEADER_SIZE, header["firstLsn"], header["crc"], None, 0
    while True:
        block = up(offset, header["block"])
        record = whole_record(data, offset, header["salt"])
        if record:
            begins = offset == block and record["index"] == 0
            if not begins and (index is None or record["index"] != index + 1):
                raise Bad(f"batch index at {offset}")
        else:
            record = whole_record(data, block, header["salt"])
            if any(data[offset:block]) or (record and record["index"] != 0):
                raise Bad(f"bytes at {offset}")
            if not record:
                if any(data[block:]):
                    raise Bad(f"bytes at {block}")
                return
        if record["lsn"] != lsn or record["previous"] != previous:
            raise Bad(f"LSN or chain at {record['offset']}")
        if header["version"] > 1 and record["type"] == GROUP:
            records = records_of(record, data)
            yield from records
            taken, lsn, previous = taken + len(records), lsn + len(records), record["crc"]
            index, offset = records[-1]["index"], record["end"]
            continue
        yield record
        if record["type"] == SEAL:
            count, first, last, _, _, _, place = struct.unpack_from("<7Q", record["open"])
            if first != header["firstLsn"] or last != lsn - 1 or place != record["offset"] or count != taken:
                raise Bad(f"seal at {record['offset']}")
            if any(data[record["end"]:]):
                raise Bad("bytes behind the seal")
            return
        last = struct.unpack_from("<Q", record["open"])[0] if record["type"] == LOST else lsn
        if last < lsn:
            raise Bad(f"lost records at {record['offset']}")
        taken, lsn, previous, index, offset = taken + 1, last + 1, record["crc"], record["index"], record["end"]


def main(folder):
    numbers = sorted(int(name[:12]) for name in os.listdir(folder) if re.fullmatch(r"\d{12}\.segment", name))
    chain, next_lsn, total, header = None, None, 0, None
    for place, number in enumerate(numbers):
        with open(os.path.join(folder, f"{number:012}.segment"), "rb") as file:
            data = file.read()
        header = read_header(data, number)
        if place > 0 and (number != numbers[place - 1] + 1 or header["previous"] != chain or header["firstLsn"] != next_lsn):
            raise Bad(f"segment {number} does not follow")
        next_lsn, chain = header["firstLsn"], None
        for record in read_segment(data, header):
            if record["type"] == SEAL:
                chain = struct.unpack_from("<I", record["open"], 56)[0] or record["crc"]
                next_lsn = record["lsn"]
                continue
            total, next_lsn = total + 1, record["lsn"] + 1
            print(json.dumps({
                "segment": number, "offset": record["offset"], "lsn": record["lsn"], "type": record["type"],
                "time": record["time"], "length": record["length"], "crc": record["crc"], "index": record["index"],
                "keyId": record["keyId"], "open": record["open"].hex(), "secretSize": record["secretSize"]}))
        if chain is None and place < len(numbers) - 1:
            raise Bad(f"segment {number} has no seal")
    print(json.dumps({"records": total, "nextLsn": next_lsn or 1, "segments": len(numbers), "sealed": chain is not None,
                      "node": header and header["node"], "cluster": header and header["cluster"]}))


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Bad as bad:
        print(json.dumps({"bad": str(bad)}))
        sys.exit(1)
