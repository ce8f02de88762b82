"""Load bundles, each in a process of its own, and print what became of each as JSON: a list of [error, seconds, MB].

A process is forked, as this costs nothing, so this runs by itself: where OpenCV has started no threads yet.
"""

import json
import os
import resource
import sys

from data_prep.system.errors import InputError
from tools.detection.bundle import load_bundle

MOST_SECONDS = 20  # then it is taken for stuck


def judge(folder):
    """[error as text, "" if it loads; seconds of a processor; MB of memory at most] of the bundle in `folder`."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
        os.dup2(os.open(f"{folder}.stderr", os.O_CREAT | os.O_WRONLY), 2)
        os.write(writer, verdict(folder).encode("utf-8", "backslashreplace")[:4000])
        os._exit(0)
    _, status, used = os.wait4(child, 0)
    os.close(writer)
    error = os.read(reader, 4000).decode()
    os.close(reader)
    return [error if not status else f"ended by {status}", used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]


def verdict(folder):
    try:
        load_bundle(folder)
    except InputError as error:
        return str(error)
    except BaseException as error:
        return f"not an InputError but {error!r}"
    return ""


if __name__ == "__main__":
    print(json.dumps([judge(folder) for folder in sys.argv[1:]]))
