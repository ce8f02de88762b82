"""Pictures and videos that were copied in part only, recognized without decoding them."""

import mmap
import os
import re
import struct

from data_prep.pictures.boxes import boxes, find_boxes
from data_prep.pictures.formats import HEAD, MEDIA_BOXES, format_of

JPEG_END = b"\xff\xd9"  # within a scan 0xff is followed by 0 or a restart mark, never by 0xd9
JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")  # but those that stand alone
PNG_END = b"IEND"
PARTS = MEDIA_BOXES | {b"meta", b"idat", b"uuid", b"udta", b"sidx", b"mfra"}  # boxes of media files that nothing holds
UNKNOWN_SIZE = 2**32 - 1  # AVI: what a program writes that does not come back to fill it in
TAIL = 4096  # ours: bytes; where a copy has made room for a file but not filled it, so many zeros end it


def cut_short(path):
    """Whether a file is empty, or ends before the end that its own format gives it.

    What stands behind that end, such as the video of a motion photo, does no harm. A format that gives none, such as a
    transport stream, is never cut short.
    """
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if not size:
            return True
        head = file.read(HEAD)
        check = CHECKS.get(format_of(head))
        try:
            return check is not None and check(file, size)
        except (struct.error, IndexError):  # it ends within what tells a length
            return True


def jpeg_cut(file, size):
    """No mark of its end is found by going from segment to segment and through the scans."""
    file.seek(max(size - len(JPEG_END), 0))
    if file.read() == JPEG_END:  # of a part of a picture this can only be the end of its thumbnail: nothing to decode
        return False
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        place = 2
        while match := JPEG_MARKER.search(content, place):
            if match[0] == JPEG_END:
                return False
            (length,) = struct.unpack(">H", content[match.end() : match.end() + 2])
            place = match.end() + length
    return True


def png_cut(file, size):
    start = 8
    while start + 12 <= size:
        file.seek(start)
        length, kind = struct.unpack(">I4s", file.read(8))
        start += length + 12
        if kind == PNG_END:
            return start > size
    return True


def gif_cut(file, size):
    """It ends within a block; some programs leave the end mark away."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        place = 13 + palette(content[10])
        while place < size and content[place] in b"!,":
            is_image = content[place] == ord(",")
            place += 11 + palette(content[place + 9]) if is_image else 2
            while content[place]:
                place += 1 + content[place]
            place += 1
        return place > size


def palette(flags):
    """Bytes of the palette that follows."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def riff_cut(file, size):
    """WebP and AVI: each part says how much follows; a long AVI has several."""
    start = 0
    while start < size:
        file.seek(start)
        kind = file.read(4)
        if start and kind != b"RIFF":
            return False
        (rest,) = struct.unpack("<I", file.read(4))
        if rest == UNKNOWN_SIZE:
            return False
        start += 8 + rest + rest % 2
    return start - rest % 2 > size


def boxes_cut(file, size):
    """MP4, HEIF, AVIF: a box ends behind the file's end; one of no known kind is what some program has appended."""
    return any(end > size and kind in PARTS for kind, _, end in boxes(file))


def jp2_cut(file, size):
    """Its box says how long it is, or it goes up to the end of the file; the mark of its end is that of a JPEG."""
    end = max((end for _, end in find_boxes(file, b"jp2c")), default=size)
    file.seek(max(end - len(JPEG_END), 0))
    return end > size or file.read(len(JPEG_END)) != JPEG_END


def matroska_cut(file, size):
    """The segment, which is all but a header, says its length, if it is no live recording."""
    file.seek(4)
    file.seek(ebml_number(file), 1)
    if file.read(4) != b"\x18\x53\x80\x67":
        return False
    length = ebml_number(file)
    return (length is not None and file.tell() + length > size) or ends_in_zeros(file, size)


def ebml_number(file):
    """A number whose first byte tells by its leading zeros how many follow; None if all bits are set: unknown."""
    (first,) = file.read(1)
    count = 8 - first.bit_length()
    value = int.from_bytes(bytes([first & 0x7F >> count]) + file.read(count), "big")
    return None if value == (1 << 7 * (count + 1)) - 1 else value


def flv_cut(file, size):
    """The length of the last tag follows it."""
    file.seek(size - 4)
    (length,) = struct.unpack(">I", file.read(4))
    start = size - 4 - length
    if length < 11 or start < 13:
        return size > 13
    file.seek(start)
    return int.from_bytes(file.read(4)[1:], "big") + 11 != length


def asf_cut(file, size):
    """WMV: objects of a name of 16 bytes and a length."""
    start = 0
    while start + 24 <= size:
        file.seek(start + 16)
        (length,) = struct.unpack("<Q", file.read(8))
        if length < 24:  # of a live recording
            return False
        start += length
    return start > size or ends_in_zeros(file, size)


def ends_in_zeros(file, size):
    file.seek(max(size - TAIL, 0))
    return size > TAIL and not any(file.read())


CHECKS = {
    "jpeg": jpeg_cut,
    "png": png_cut,
    "gif": gif_cut,
    "webp": riff_cut,
    "avi": riff_cut,
    "mp4": boxes_cut,
    "avif": boxes_cut,
    "heif": boxes_cut,
    "jp2": jp2_cut,
    "matroska": matroska_cut,
    "flv": flv_cut,
    "asf": asf_cut,
}
