"""Width and height of a picture from its header, so that nothing is decoded that is larger than memory allows."""

import struct

from data_prep.pictures.boxes import find_boxes
from data_prep.pictures.formats import HEAD, format_of

TIFF_ORDERS = {b"II": "<", b"MM": ">"}  # first bytes, and the byte order that they stand for
FRAME_HEADERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # JPEG: the markers SOFn, which the size follows
WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}  # JPEG: markers that stand alone
TIFF_WIDTH, TIFF_HEIGHT = 256, 257  # tags
TIFF_SHORT, TIFF_LONG = 3, 4  # types of a tag's value
LONGEST_COMMENT = 4096  # ours: bytes in which the size of a PGM must stand


def picture_size(path):
    """(width, height) in pixels of a file of formats.PICTURES; None for anything else or a broken one.

    Of a TIFF with several pages it is the first, which is the one that OpenCV reads. Of an animation it is the canvas.
    """
    with open(path, "rb") as file:
        head = file.read(HEAD)
        try:
            size = SIZES.get(format_of(head), lambda *_: None)(file, head)
        except (struct.error, ValueError, IndexError, KeyError, OverflowError):
            return None
    return size


def png_size(_file, head):
    return struct.unpack(">II", head[16:24])


def gif_size(_file, head):
    return struct.unpack("<HH", head[6:10])


def jpeg_size(file, _head):
    """From the first frame header; the segments before it tell their lengths."""
    file.seek(2)
    while True:
        byte = file.read(1)
        while byte and byte != b"\xff":  # garbage between segments, which decoders skip
            byte = file.read(1)
        while byte == b"\xff":
            byte = file.read(1)
        marker = byte[0]
        if marker in WITHOUT_LENGTH or marker == 0:
            continue
        (length,) = struct.unpack(">H", file.read(2))
        if marker in FRAME_HEADERS:
            height, width = struct.unpack(">xHH", file.read(5))
            return width, height
        file.seek(length - 2, 1)


def bmp_size(_file, head):
    """A negative height means rows from top to bottom; files of OS/2 have 16 bits for each."""
    (header,) = struct.unpack("<I", head[14:18])
    if header == 12:
        return struct.unpack("<HH", head[18:22])
    return tuple(abs(side) for side in struct.unpack("<ii", head[18:26]))


def tiff_size(file, head):
    order = TIFF_ORDERS[head[:2]]
    (start,) = struct.unpack(f"{order}I", head[4:8])
    file.seek(start)
    (count,) = struct.unpack(f"{order}H", file.read(2))
    sizes = {}
    for _ in range(count):
        entry = file.read(12)
        tag, kind = struct.unpack(f"{order}HH", entry[:4])
        if kind in (TIFF_SHORT, TIFF_LONG):
            (sizes[tag],) = (
                struct.unpack(f"{order}H", entry[8:10])
                if kind == TIFF_SHORT
                else struct.unpack(f"{order}I", entry[8:12])
            )
    return sizes[TIFF_WIDTH], sizes[TIFF_HEIGHT]


def webp_size(_file, head):
    """Lossy files have a frame of VP8, lossless ones VP8L; VP8X begins a file of several parts with their canvas."""
    kind = head[12:16]
    if kind == b"VP8X":
        return tuple(1 + int.from_bytes(head[at : at + 3], "little") for at in (24, 27))
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        return tuple(side & 0x3FFF for side in struct.unpack("<HH", head[26:30]))
    return None


def netpbm_size(file, _head):
    """The first two numbers after the kind; a comment goes from # to the end of its line."""
    file.seek(2)
    lines = file.read(LONGEST_COMMENT).split(b"\n")
    words = b" ".join(line.split(b"#")[0] for line in lines).split()
    return int(words[0]), int(words[1])


def jp2_size(file, _head):
    """From the first segment of the codestream, in its box or without one: the image area less its offset."""
    start = next((start for start, _ in find_boxes(file, b"jp2c")), 0)
    file.seek(start + 8)
    right, bottom, left, top = struct.unpack(">IIII", file.read(16))
    return right - left, bottom - top


def heif_size(file, _head):
    """The largest of the sizes that are given: a picture may be made of tiles and have a thumbnail."""
    sizes = []
    for start, _ in find_boxes(file, b"meta", b"iprp", b"ipco", b"ispe"):
        file.seek(start + 4)  # after version and flags
        sizes.append(struct.unpack(">II", file.read(8)))
    return max(sizes, key=lambda size: size[0] * size[1])


SIZES = {
    "png": png_size,
    "jpeg": jpeg_size,
    "bmp": bmp_size,
    "tiff": tiff_size,
    "webp": webp_size,
    "netpbm": netpbm_size,
    "gif": gif_size,
    "jp2": jp2_size,
    "avif": heif_size,
    "heif": heif_size,
}
