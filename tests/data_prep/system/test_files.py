"""Files are whole or absent; errors are one line; workers end with their parent."""

import errno
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from data_prep.system.code import ROOT
from data_prep.system.errors import InputError, one_clear_error
from data_prep.system.files import atomic, in_turn, only_writer
from data_prep.system.pool import run_all
from tests.processes import wait_until


def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.txt"]


def test_a_folder_replaces_an_earlier_one_of_its_kind(tmp_path):
    for content in ("first", "second"):
        with atomic(tmp_path / "folder", holds=("mark", "first", "second")) as part:
            part.mkdir()
            (part / "mark").touch()
            (part / content).touch()
    assert sorted(os.listdir(tmp_path / "folder")) == ["mark", "second"]


@pytest.mark.parametrize("names", [["thesis.tex"], ["mark", "thesis.tex"], ["first"]])
def test_a_folder_with_files_of_the_user_is_neither_replaced_nor_touched(tmp_path, names):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in names:
        (folder / name).write_text("mine")
    with pytest.raises(InputError, match=f"folder/{names[-1]}: not written by this project, and would be deleted"):
        with atomic(folder, holds=("mark", "first")) as part:
            part.mkdir()
    assert sorted(os.listdir(folder)) == names and (folder / names[-1]).read_text() == "mine"
    assert os.listdir(tmp_path) == ["folder"]


def test_a_run_takes_an_empty_folder_or_one_of_its_own_and_no_other(tmp_path):
    for _ in range(2):
        with only_writer(tmp_path / "run") as folder:
            (folder / "report.html").touch()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/report.html").write_text("mine")
    with pytest.raises(InputError, match=r"mine: holds files that are not of this project, such as report\.html"):
        with only_writer(tmp_path / "mine"):
            pass
    assert os.listdir(tmp_path / "mine") == ["report.html"]
    with only_writer(tmp_path / "mine", among_others=True):
        pass
    assert not (tmp_path / "mine/.lock").exists()  # by which it would pass for a run


def test_a_file_system_without_locks_is_named(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    for lock in (only_writer, in_turn):
        with pytest.raises(InputError, match=r"run: cannot be locked \(No locks available\); choose a folder"):
            with lock(tmp_path / "run"):
                pass


def test_a_run_that_was_copied_without_its_mark_is_still_one(tmp_path):
    (tmp_path / "copy").mkdir()
    for name in ("metrics.json", "report.html"):
        (tmp_path / "copy" / name).touch()
    with only_writer(tmp_path / "copy"):
        pass


@pytest.mark.parametrize(
    "error, line",
    [
        (InputError("labels.txt:3: bad row"), "error: labels.txt:3: bad row"),
        (PermissionError(13, "Permission denied", "runs"), "error: runs: Permission denied"),
        (OSError(28, "No space left on device"), "error: No space left on device"),
        (KeyboardInterrupt(), "error: stopped; the same command goes on from here"),
    ],
)
def test_what_a_user_can_mend_is_one_line(capsys, error, line):
    def main(argv):
        raise error

    with pytest.raises(SystemExit) as exit_:
        one_clear_error(main)([])
    assert exit_.value.code == 1 and capsys.readouterr().err == line + "\n"


def test_a_defect_keeps_its_traceback():
    def main(argv):
        raise KeyError("defect")

    with pytest.raises(KeyError):
        one_clear_error(main)([])


def double(number):
    if number == 13:
        raise InputError("thirteen")
    return 2 * number


def test_the_pool_gives_every_result_and_passes_errors_on():
    assert sorted(run_all(double, range(4), jobs=2)) == [(0, 0), (1, 2), (2, 4), (3, 6)]
    with pytest.raises(InputError, match="thirteen"):
        list(run_all(double, [1, 13], jobs=2))


def test_workers_end_when_their_parent_is_killed(tmp_path):
    script = tmp_path / "sleepy.py"
    script.write_text(
        textwrap.dedent(f"""
        import os, time
        from data_prep.system.pool import run_all

        def sleep(number):
            open({str(tmp_path)!r} + f"/pid{{number}}", "w").write(str(os.getpid()))
            time.sleep(600)

        if __name__ == "__main__":
            list(run_all(sleep, [0, 1], jobs=2))
    """)
    )
    parent = subprocess.Popen([sys.executable, script], env=dict(os.environ, PYTHONPATH=str(ROOT)))
    pids = [tmp_path / f"pid{number}" for number in (0, 1)]
    wait_until(lambda: all(path.exists() and path.read_text() for path in pids))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not any(alive(int(path.read_text())) for path in pids))


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
