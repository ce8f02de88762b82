"""What must hold of a picture or video before OpenCV opens it.

OpenCV takes a relative path such as http:/host/talk.avi for an address and connects to it, waits forever at a pipe, and
crashes at a name that is not UTF-8.
"""

import os
import stat

from data_prep.system.errors import InputError


def openable(path):
    """The absolute path, as a string for OpenCV. Raises InputError, with the remedy, for what it must not open."""
    path = os.path.join(os.getcwd(), path)
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError(f"{shown(path)}: its name is not UTF-8, which OpenCV needs; rename it") from None
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InputError(f"{path}: not a regular file but a folder, pipe or device; give a picture or a video")
        with open(path, "rb"):
            pass
    except PermissionError as error:
        raise InputError(f"{path}: {error.strerror}; allow this user to read it") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; was it moved or deleted?") from error
    return path


def shown(text):
    """`text` for a terminal: what is no printable character is written as an escape, such as \\x1b."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in str(text))
