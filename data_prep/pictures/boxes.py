"""The boxes of ISO base media files: MP4, QuickTime, HEIF, AVIF, JPEG 2000."""

import os
import struct


def boxes(file, start=0, end=None):
    """Yield (kind as 4 bytes, start and end of its content) of the boxes from `start` on, up to `end` or the file's.

    The last may end behind that: it is cut short. What is no box ends them.
    """
    end = os.fstat(file.fileno()).st_size if end is None else end
    while start + 8 <= end:
        file.seek(start)
        length, kind = struct.unpack(">I4s", file.read(8))
        content = start + 8
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
            content += 8
        elif length == 0:  # up to the end
            length = end - start
        if start + length < content or not kind.decode("latin-1").isprintable():
            return
        yield kind, content, start + length
        start += length


def find_boxes(file, *path, start=0, end=None):
    """Yield (start, end) of the contents of all boxes at a path of kinds, from the outermost on."""
    for kind, content, after in boxes(file, start, end):
        if kind != path[0]:
            continue
        if len(path) == 1:
            yield content, after
        else:
            skip = 4 if kind == b"meta" else 0  # it has a version and flags before its boxes
            yield from find_boxes(file, *path[1:], start=content + skip, end=after)
