"""What a reader opens: regular files that it may read, label files of a sane size. Nothing is opened to find out.

A pipe would wait for ever and a device never end; OpenCV blames whatever it cannot open on the file's content.
"""

import os
import stat
from pathlib import Path

from data_prep.system.errors import InputError

LARGEST_TEXT = 100_000_000  # ours: bytes; the label files of these datasets have less than one megabyte


def check_file(path):
    """Raise InputError unless `path`, or what it links to, is a regular file that may be read.

    Raises OSError if there is no such file, a link leads nowhere, or `path` is a folder.
    """
    try:
        mode = os.stat(path).st_mode
        readable = os.access(path, os.R_OK)
    except PermissionError:
        mode, readable = stat.S_IFREG, False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(f"{path}: a folder, not a file")
    if not stat.S_ISREG(mode):
        raise InputError(f"{path}: a pipe, device or socket, not a regular file; move it away")
    if not readable:
        raise InputError(f"{path}: no permission to read it; ask its owner, or change its permissions (chmod)")


def check_text(path):
    """check_file, for a file that is read as a whole: InputError also if it is larger than LARGEST_TEXT."""
    check_file(path)
    if (size := os.stat(path).st_size) > LARGEST_TEXT:
        raise InputError(
            f"{path}: {size / 1e6:,.0f} MB, which is no label file (at most {LARGEST_TEXT / 1e6:.0f} MB); copy it "
            "again, or move it away"
        )


def read_lines(path):
    """The lines of a label file, with or without a byte order mark; bytes that are not UTF-8 are replaced."""
    check_text(path)
    return Path(path).read_text(encoding="utf-8-sig", errors="replace").splitlines()
