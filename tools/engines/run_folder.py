"""The files of a run folder: their names, and how log.csv is read and written.

  train_val.prototxt  solver.prototxt   what an engine trains from
  deploy.prototxt                       the net for any Caffe
  start.json                            where the solver names `weights`: what was copied from them and what was not
  trained.caffemodel                    the weights, once training has ended
  log.csv                               one row every `display` iterations and at every validation:

      iteration,seconds,train_loss,val_loss
      500,41.9024,3.412847,
      1000,83.7516,3.207713,3.344120

  engine.log                            all that the engine printed
  failed.txt                            why this net failed, where it was trained among others that did not

Standard library and Python 3.6 syntax: Caffe's interpreter imports this too.
"""

import time
from pathlib import Path
from typing import NamedTuple, Optional

NET, SOLVER, DEPLOY = "train_val.prototxt", "solver.prototxt", "deploy.prototxt"
WEIGHTS, LOG, ENGINE_LOG = "trained.caffemodel", "log.csv", "engine.log"
FAILED = "failed.txt"
START_FILE = "start.json"  # a Start (tools/net/starting_weights.py)
SNAPSHOT = "snapshot"  # prefix of the snapshots that other tools take by this solver; the engines take none

DISPLAY = 20  # ours: iterations from row to row of log.csv where the solver's `display` does not say


class Row(NamedTuple):
    """A row of log.csv: seconds since training began; losses in nats.

    The training loss is a mean since the row before; under NVIDIA's Caffe, that of the row's iteration alone.
    """

    iteration: int
    seconds: float
    train_loss: float
    val_loss: Optional[float]  # None where there was no validation


class LogWriter:
    """Writes log.csv of a run folder; its clock starts here."""

    def __init__(self, folder):
        self.started = time.perf_counter()
        self.file = open(str(Path(folder) / LOG), "w", newline="")
        self.file.write(",".join(Row._fields) + "\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def write(self, iteration, train_loss, val_loss=None):
        """Add a row, visible to readers at once."""
        validation = "" if val_loss is None else f"{val_loss:.6f}"
        self.file.write(f"{iteration},{time.perf_counter() - self.started:.4f},{train_loss:.6f},{validation}\n")
        self.file.flush()

    def close(self):
        self.file.close()


def load_log(folder):
    """The Rows of log.csv. A last line that is still being written is left out."""
    with open(str(Path(folder) / LOG), newline="") as file:
        lines = [line.rstrip("\n").split(",") for line in file if line.endswith("\n")]
    return [
        Row(int(iteration), float(seconds), float(train_loss), float(val_loss) if val_loss else None)
        for iteration, seconds, train_loss, val_loss in lines[1:]
    ]


def load_losses(folder):
    """log.csv as two lists: [(iteration, train_loss)] and, of the rows with a validation, [(iteration, val_loss)]."""
    rows = load_log(folder)
    training = [(row.iteration, row.train_loss) for row in rows]
    return training, [(row.iteration, row.val_loss) for row in rows if row.val_loss is not None]


def save_failure(folder, error):
    """Note in a run folder why its training has failed."""
    with open(str(Path(folder) / FAILED), "w") as file:
        file.write(str(error))


def load_failure(folder):
    """Why the training in a run folder has failed; None where it has not."""
    path = Path(folder) / FAILED
    return path.read_text() if path.is_file() else None


def remove_failure(folder):
    path = Path(folder) / FAILED
    if path.is_file():
        path.unlink()
