"""Show how far running folds are, read from the log.csv files that their engines write."""

import sys
import threading
import time
from pathlib import Path

from tools.fold import RETRAINING, SCORES, TRAINING
from tools.train import LOG

EVERY = 1 if sys.stderr.isatty() else 15  # seconds


class Progress:
    """A status line while folds run: rewritten on a terminal, a plain line now and then elsewhere.

    Use as a context manager; call `done(task)` when a fold has ended.
    """

    def __init__(self, tasks, max_iter):
        self.tasks, self.max_iter = list(tasks), max_iter
        self.left, self.started, self.stop = list(tasks), time.time(), threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        if self.tasks:
            self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        if self.tasks:
            self.thread.join()
        if sys.stderr.isatty():
            print(end="\r\033[K", file=sys.stderr)

    def done(self, task):
        self.left.remove(task)
        ended = len(self.tasks) - len(self.left)
        self.show(f"fold {task.fold.test[0]} done ({ended} of {len(self.tasks)}, {clock(time.time() - self.started)})")
        if sys.stderr.isatty():
            print(file=sys.stderr)

    def run(self):
        while not self.stop.wait(EVERY):
            self.show(self.status())

    def show(self, line):
        if sys.stderr.isatty():
            print(f"\r\033[K{line[:150]}", end="", flush=True, file=sys.stderr)
        else:
            print(line, flush=True, file=sys.stderr)

    def status(self):
        running = [(task, *newest_row(task, self.started)) for task in list(self.left)]
        running = [(task, stage, row) for task, stage, row in running if row]
        share = len(self.tasks) - len(self.left)
        parts = []
        for task, stage, row in running:
            iteration, _, loss, val_loss = row
            share += (int(iteration) / self.max_iter + (stage == RETRAINING)) / 2
            parts.append(f"{task.fold.test[0]} {stage} {iteration}/{self.max_iter} loss {float(loss):.2f}"
                         + (f" val {float(val_loss):.2f}" if val_loss else ""))
        spent = time.time() - self.started
        left = f", about {clock(spent / share * len(self.tasks) - spent)} left" if share > 0.02 else ""
        return " | ".join(parts or ["starting"]) + f" | {len(self.tasks) - len(self.left)}/{len(self.tasks)} folds{left}"


def newest_row(task, since):
    """(stage, last log row) of a fold that has logged since `since`, else (None, None)."""
    if (Path(task.folder) / SCORES).exists():
        return None, None
    for stage in (RETRAINING, TRAINING):
        log = Path(task.folder) / stage / LOG
        if log.is_file() and log.stat().st_mtime > since:
            rows = [line.split(",") for line in log.read_text().splitlines()[1:] if line.count(",") == 3]
            if rows:
                return stage, rows[-1]
    return None, None


def clock(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
