"""Pictures and videos that were copied in part only, recognized without decoding them."""

import os

TAIL = 64  # ours: bytes at the end in which an end mark must stand; some programs pad what they write
JPEG, JPEG_END = b"\xff\xd8", b"\xff\xd9"  # within a scan 0xff is followed by 0 or a restart mark, never by 0xd9
PNG, PNG_END = b"\x89PNG", b"IEND"
RIFF, UNKNOWN_SIZE = b"RIFF", 2**32 - 1  # AVI: bytes 4 to 8 are the size of the rest, little endian


def cut_short(path):
    """Whether a file is empty, a JPEG or PNG lacks its end mark, or an AVI is smaller than its header says."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(8)
        file.seek(max(size - TAIL, 0))
        tail = file.read()
    for start, end in ((JPEG, JPEG_END), (PNG, PNG_END)):
        if head.startswith(start):
            return end not in tail
    rest = int.from_bytes(head[4:], "little")
    return not size or (head.startswith(RIFF) and rest != UNKNOWN_SIZE and rest + 8 > size)
