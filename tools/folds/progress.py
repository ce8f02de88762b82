"""Show how far running trainings are, read from the log.csv files that their engines write."""

import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

from tools.engines.run_folder import LOG

EVERY = 1 if sys.stderr.isatty() else 15  # seconds
WIDTH = 110  # columns of a line on a terminal; longer ones would wrap


class Row(NamedTuple):
    """The newest row of a task's newest log."""

    stage: str
    iteration: int
    seconds: float
    loss: float
    val_loss: float | None


class Progress:
    """One line per running task on a terminal, rewritten; elsewhere all in one plain line now and then.

    A context manager; call `done(task)` when a task has ended. Tasks have a `name` and a `folder`, in which the trainings
    `stages` ({stage: iterations at most}) follow each other.
    """

    def __init__(self, tasks, stages):
        self.tasks, self.stages = list(tasks), stages
        self.left, self.drawn, self.lock = list(tasks), 0, threading.Lock()
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
        """Take back the lines on the terminal."""
        if self.drawn:
            print(f"\033[{self.drawn}F\033[J", end="", file=sys.stderr)
        self.drawn = 0

    def show(self, lines):
        with self.lock:
            self.erase()
            if sys.stderr.isatty():
                print("".join(f"{line[:WIDTH]}\n" for line in lines), end="", flush=True, file=sys.stderr)
                self.drawn = len(lines)
            elif lines:
                print(" | ".join(lines), flush=True, file=sys.stderr)

    def lines(self):
        """One line per running task, then one for all of them."""
        rows = {task.name: row for task in list(self.left) if (row := newest_row(task, self.stages, self.started))}
        share = len(self.tasks) - len(self.left) + sum(map(self.share, rows.values()))
        spent = time.time() - self.started
        left = f", at most {clock(spent / share * len(self.tasks) - spent)} left" if share > 0.02 else ""
        total = f"{len(self.tasks) - len(self.left)} of {len(self.tasks)} done{left}"
        return [*(self.line(name, row) for name, row in rows.items()), total]

    def line(self, name, row):
        val = "" if row.val_loss is None else f"  val {row.val_loss:.3f}"
        most = self.stages[row.stage]
        left = clock(row.seconds / max(row.iteration, 1) * (most - row.iteration))
        return f"{name}  {row.stage} {row.iteration}/{most}  loss {row.loss:.3f}{val}  at most {left} left"

    def share(self, row):
        """How much of its task a row stands for, 0 to 1."""
        before = list(self.stages).index(row.stage)
        return (before + row.iteration / self.stages[row.stage]) / len(self.stages)


def newest_row(task, stages, since):
    """The Row of a task that has logged since `since` (a time), else None; its last validation loss if it has one."""
    for stage in reversed(stages):
        log = Path(task.folder) / stage / LOG
        if log.is_file() and log.stat().st_mtime > since:
            rows = [line.split(",") for line in log.read_text().splitlines()[1:] if line.count(",") == 3]
            if rows:
                iteration, seconds, loss, _ = rows[-1]
                val = [row[3] for row in rows if row[3]]
                return Row(stage, int(iteration), float(seconds), float(loss), float(val[-1]) if val else None)
    return None


def clock(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
