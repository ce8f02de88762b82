"""What a file is by its first bytes, whatever its name says."""

import re
import struct

HEAD = 600  # ours: bytes that tell the format; three packets of a transport stream, of up to 192 each, are the most
STARTS = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"\0\0\0\x0cjP  \r\n\x87\n": "jp2",
    b"\xff\x4f\xff\x51": "jp2",  # without the boxes around it
    b"\x1aE\xdf\xa3": "matroska",
    b"FLV\x01": "flv",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "asf",
    b"\0\0\1\xba": "mpeg",
    b"\0\0\1\xb3": "mpeg",
}
RIFF = {b"WEBP": "webp", b"AVI ": "avi"}  # by what follows RIFF and a size
BMP_HEADERS = {12, 40, 52, 56, 64, 108, 124}  # bytes
NETPBM = re.compile(rb"P[1-6]\s*[\s#][\s\d#]")
# ISO base media files: the kinds of box that begin one, and the brands of one picture; others are videos
MEDIA_BOXES = {b"ftyp", b"moov", b"mdat", b"moof", b"styp", b"wide", b"free", b"skip", b"pnot"}
AVIF, HEIF, HEIF_SEQUENCE = {b"avif", b"avis"}, {b"heic", b"heix", b"heim", b"heis", b"mif1"}, {b"hevc", b"hevx"}
AUDIO = {b"M4A ", b"M4B ", b"M4P "}
TS_PACKETS = ((0, 188), (4, 192))  # where the first packet of a transport stream begins, always with a G; their length
PICTURES = {"png", "jpeg", "bmp", "tiff", "webp", "netpbm", "gif", "jp2", "avif", "heif"}
VIDEOS = {"mp4", "avi", "matroska", "flv", "asf", "mpeg", "ts"}


def file_format(path):
    """One of PICTURES or VIDEOS, or None. "avif" and the like may be animated; "mp4" is any ISO base media video.

    Raises OSError for what cannot be read.
    """
    with open(path, "rb") as file:
        return format_of(file.read(HEAD))


def format_of(head):
    """The same from the first HEAD bytes of a file."""
    for start, name in STARTS.items():
        if head.startswith(start):
            return name
    if head.startswith(b"RIFF"):
        return RIFF.get(head[8:12])
    if head[4:8] in MEDIA_BOXES:
        return media_format(head)
    if NETPBM.match(head):
        return "netpbm"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in BMP_HEADERS:
        return "bmp"
    if any(head[first : first + 3 * step : step] == b"GGG" for first, step in TS_PACKETS):
        return "ts"
    return None


def media_format(head):
    """By the brands of the box `ftyp`, the first of which is what the file is above all."""
    if head[4:8] != b"ftyp":
        return "mp4"
    (length,) = struct.unpack(">I", head[:4])
    major, *others = [head[8:12], *(head[at : at + 4] for at in range(16, min(length, len(head)), 4))]
    brands = {major, *others}
    if major in AVIF or (major in (b"mif1", b"msf1") and brands & AVIF):
        return "avif"
    if major in HEIF and not brands & HEIF_SEQUENCE:
        return "heif"
    return None if major in AUDIO else "mp4"
