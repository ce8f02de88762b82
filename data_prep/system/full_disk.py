"""A full disk, named: the system's own error says neither where nor what to do."""

import contextlib
import errno

from data_prep.system.errors import InputError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # errors of writing to a full disk; they name no file


@contextlib.contextmanager
def full_disk_is_named(folder, remedy):
    """Turn the error of a full disk into an InputError that names `folder` and `remedy`."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise InputError(f"{folder}: {error.strerror}; {remedy}") from error
