"""Videos such as other programs make: frames at a varying rate or late, edit lists, tables before the frames."""

import struct

import cv2
import numpy as np

from data_prep.pictures.boxes import boxes, find_boxes

SIZE = (320, 240)


def mp4(path, count):
    """Write an .mp4 of `count` frames, 25 a second, each brighter than the one before; returns its path."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25, SIZE)
    for k in range(count):
        writer.write(np.full((*SIZE[::-1], 3), 4 * k, np.uint8))
    writer.release()
    return path


def with_times(path, milliseconds):
    """Write an .mkv whose frames, the packets of an .mp4, have these times; returns its path."""
    source = cv2.VideoCapture(
        str(mp4(path.with_suffix(".mp4"), len(milliseconds))), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1]
    )
    options = [cv2.VIDEOWRITER_PROP_RAW_VIDEO, 1]
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"mp4v"), 1000, SIZE, options)
    for time in milliseconds:
        packet = source.read()[1]
        writer.set(cv2.VIDEOWRITER_PROP_PTS, time)
        writer.write(packet.reshape(1, -1))
    writer.release()
    path.with_suffix(".mp4").unlink()
    return path


def hide_first(path, count):
    """Let the edit list of an .mp4 begin `count` frames later, as in one that was cut without encoding it again."""
    with open(path, "r+b") as file:
        ((times, _),) = find_boxes(file, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts")
        ((edits, _),) = find_boxes(file, b"moov", b"trak", b"edts", b"elst")
        file.seek(times + 12)
        (length,) = struct.unpack(">I", file.read(4))
        file.seek(edits + 12)
        file.write(struct.pack(">i", count * length))


def tables_first(path):
    """Move the tables of an .mp4 before its frames, as for the web."""
    with open(path, "rb") as file:
        parts = {kind: (start - 8, end) for kind, start, end in boxes(file)}
        offsets = [start for start, _ in find_boxes(file, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stco")]
    content = bytearray(path.read_bytes())
    start, end = parts[b"moov"]
    for table in offsets:
        (count,) = struct.unpack_from(">I", content, table + 4)
        for place in range(table + 8, table + 8 + 4 * count, 4):
            struct.pack_into(">I", content, place, struct.unpack_from(">I", content, place)[0] + end - start)
    head = parts[b"ftyp"][1]
    path.write_bytes(content[:head] + content[start:end] + content[head:start] + content[end:])


def shorten(path, share):
    """Keep the first `share` of a file."""
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
