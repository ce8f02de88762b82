"""Show how far running trainings are, read from the log.csv files that their engines write."""

import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

from tools.engines.run_folder import LOG, Row, load_log

EVERY = 1 if sys.stderr.isatty() else 15  # seconds
WIDTH = 110  # columns of a line on a terminal; longer ones would wrap


class Position(NamedTuple):
    """How far a task is: the newest row of its newest log, and its last validation loss if it has one."""

    stage: str
    row: Row
    val_loss: float | None


class Progress:
    """On a terminal one line per running task, rewritten every second; elsewhere all in one plain line every 15 s.

    A context manager; call `done(task)` when a task has ended. Tasks have a `name` and a `folder`, in which the
    trainings `stages` ({stage: iterations at most}) follow each other.
    """

    def __init__(self, tasks, stages):
        self.tasks, self.stages = list(tasks), stages
        self.left, self.shown, self.lock = list(tasks), 0, threading.Lock()  # tasks; lines on the terminal
        self.started, self.stop = time.time(), threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        if self.tasks:
            self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        if self.tasks:
            self.thread.join()
        self.show([])

    def done(self, task):
        self.left.remove(task)
        ended = len(self.tasks) - len(self.left)
        with self.lock:
            self.erase()
            print(
                f"{task.name} done ({ended} of {len(self.tasks)}, {clock(time.time() - self.started)})",
                flush=True,
                file=sys.stderr,
            )

    def run(self):
        while not self.stop.wait(EVERY):
            self.show(self.lines())

    def erase(self):
        """Remove the lines shown on the terminal."""
        if self.shown:
            print(f"\033[{self.shown}F\033[J", end="", file=sys.stderr)
        self.shown = 0

    def show(self, lines):
        with self.lock:
            self.erase()
            if sys.stderr.isatty():
                print("".join(f"{line[:WIDTH]}\n" for line in lines), end="", flush=True, file=sys.stderr)
                self.shown = len(lines)
            elif lines:
                print(" | ".join(lines), flush=True, file=sys.stderr)

    def lines(self):
        """One line per running task, then one for all of them."""
        found = {task.name: position(task, self.stages, self.started) for task in list(self.left)}
        positions = {name: place for name, place in found.items() if place}
        ended = len(self.tasks) - len(self.left)
        share = ended + sum(map(self.share, positions.values()))
        spent = time.time() - self.started
        total = f"{ended} of {len(self.tasks)} done"
        if share > 0.02:
            total += f", at most {clock(spent / share * len(self.tasks) - spent)} left"
        return [*(self.line(name, place) for name, place in positions.items()), total]

    def line(self, name, place):
        row, most = place.row, self.stages[place.stage]
        val = "" if place.val_loss is None else f"  val {place.val_loss:.3f}"
        left = clock(row.seconds / max(row.iteration, 1) * (most - row.iteration))
        return f"{name}  {place.stage} {row.iteration}/{most}  loss {row.train_loss:.3f}{val}  at most {left} left"

    def share(self, place):
        """How much of its task is done at a Position, 0 to 1."""
        before = list(self.stages).index(place.stage)
        return (before + place.row.iteration / self.stages[place.stage]) / len(self.stages)


def position(task, stages, since):
    """The Position of a task that has logged since `since` (a time), else None."""
    for stage in reversed(stages):
        folder = Path(task.folder) / stage
        log = folder / LOG
        if log.is_file() and log.stat().st_mtime > since:
            rows = load_log(folder)
            if rows:
                val_losses = [row.val_loss for row in rows if row.val_loss is not None]
                return Position(stage, rows[-1], val_losses[-1] if val_losses else None)
    return None


def clock(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
