"""Where an engine's process begins: it ends with the process that started it, from its first instruction on.

  python -m tools.engines.start tools.engines.caffe_engine train ...   started by tools/engines/process.py

The parent holds the writing end of a pipe that is this process's standard input. However the parent ends, the system
closes that end, and the thread started here ends this process. Asking for the parent's process id instead would be too
late: an engine takes a second to load its libraries, and may be an orphan by then. Ctrl-C is the parent's to act on.

Standard library and Python 3.6 syntax: Caffe's interpreter runs this.
"""

import importlib
import os
import signal
import sys
import threading

from tools.engines.stops import run_engine_command

ORPHANED = 5  # exit status


def end_with_parent():
    """Wait for the end of standard input, into which nobody writes, and end this process."""
    while os.read(0, 1):
        pass
    os._exit(ORPHANED)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()
    engine = importlib.import_module(sys.argv.pop(1))
    run_engine_command(engine.main)
