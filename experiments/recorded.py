"""A run's folder from its beginning to its end: one writer, a record of the command, and the index of all runs."""

import contextlib
import time
from pathlib import Path

from data_prep.system.files import only_writer, save_json
from experiments.index import refresh
from experiments.options import used
from experiments.run_files import RECORD
from experiments.run_record import command_line, described, load_record
from tools.report.versions import made_by


class Sources:
    """What the results of a run rest on: folders of folds, other files, and whether they are made of scores. To be
    added to."""

    def __init__(self):
        self.folds, self.files, self.scored = [], [], False


@contextlib.contextmanager
def run_folder(settings, title, out=None):
    """Be the only writer of a run folder (default: --out); its run.json tells what is begun, and at the end, made.

    Yields the Sources of the run. The index of all runs is refreshed when it begins and when it ends, however it ends.
    """
    out, sources = Path(out or settings.out), Sources()
    with contextlib.ExitStack() as at_end, only_writer(out):
        before, command = load_record(out), command_line()
        begun = {"title": title, "command": command, "settings": used(settings), "made_by": made_by()}
        save_json(out / RECORD, before | {"begun": begun})
        at_end.callback(refresh, settings, out)  # after the lock is free
        refresh(settings, out)
        yield sources
        made = {"command": command, "ended": time.strftime("%Y-%m-%d %H:%M"), **described(out, settings, sources)}
        save_json(out / RECORD, {"begun": None, "made": made})
