"""Why an engine stops before training has ended, and how its process says so.

Standard library and Python 3.6 syntax: every engine imports this.
"""

import math
import os
import sys

from data_prep.system.errors import InputError

STOPPED, DIVERGED = 3, 4  # exit statuses; Python itself ends with 1 or 2, an abort of Caffe with a signal
MARK = "ENGINE: "  # begins the line that says why


class EngineStop(Exception):
    """The engine cannot go on; the message is for the user."""


class Diverged(EngineStop):
    """A loss is not finite."""


def check_loss(loss, kind, iteration, solver_path):
    """Raise Diverged unless `loss`, of the kind "training" or "validation", is finite."""
    if not math.isfinite(loss):
        raise Diverged(
            f"{solver_path}: the {kind} loss is {loss} at iteration {iteration}; lower base_lr or set clip_gradients"
        )


def run_engine_command(main):
    """Run `main()`; what a user can mend ends as one line after MARK and an exit status of its own."""
    try:
        main()
    except Diverged as stop:
        end(stop, DIVERGED)
    except (EngineStop, InputError) as stop:
        end(stop, STOPPED)
    except OSError as error:  # the disk is full, a file is gone
        end(f"{error.filename}: {error.strerror}" if error.filename else error.strerror or error, STOPPED)


def end(stop, status):
    """End this process without any cleaning up: pooling what is not finite damages Caffe's heap, and that aborts."""
    print(f"{MARK}{stop}", file=sys.stderr, flush=True)
    sys.stdout.flush()
    os._exit(status)
