"""What drawn trees share, on a layout of text files: settings kept on record, resuming, clearing, refusing."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from data_prep.subjects.provenance import holds_synthetic_tree
from data_prep.synthetic import bp4d, ckplus, disfa, tree
from data_prep.synthetic.identity import random_identity
from data_prep.synthetic.root import prepare_root
from data_prep.synthetic.scene import Camera
from data_prep.synthetic.tree import Layout, write_tree
from data_prep.system.attempts import WorkerDied
from data_prep.system.code import ROOT
from data_prep.system.errors import InputError
from data_prep.system.files import only_writer
from tests.processes import wait_until


def paths(root, subject, variant):
    return [root / variant / "labels" / f"{subject}.txt", root / variant / f"{subject}.txt"]


def write(root, subject, settings):
    for path in paths(root, subject, settings["variant"]):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{subject} {settings['seed']}")


TOY = Layout("TOY", (1, 2, 3), ("plain", "other"), paths, write)


def files(root):
    """Every file below `root` and its bytes."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def in_this_process(monkeypatch):
    monkeypatch.setattr(tree, "run_all", lambda function, tasks, *_: ((task, function(task)) for task in tasks))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    root = tmp_path_factory.mktemp("drawn") / "TOY"
    write_tree(root, TOY, 2, None, 1, seed=0)
    return root


def test_the_tree_says_what_it_is_and_what_it_was_made_with(drawn):
    record = json.loads((drawn / "synthetic.json").read_text())
    assert "Synthetic" in record.pop("about")
    assert record == {"layout": "TOY", "variant": "plain", "seed": 0, "version": tree.version()}


def test_an_interrupted_tree_is_completed_and_complete_subjects_are_kept(drawn, tmp_path):
    root = tmp_path / "TOY"
    shutil.copytree(drawn, root)
    (root / "plain/2.txt").unlink()
    (root / "plain/labels/2.txt").write_text("half")
    before = (root / "plain/1.txt").stat()
    write_tree(root, TOY, 2, None, 1, seed=0)
    after = (root / "plain/1.txt").stat()
    assert files(root) == files(drawn) and (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("content", [None, b"", b"null", b"{", b"[1]", bytes(range(256))])
def test_a_file_that_is_missing_or_damaged_is_made_again(drawn, tmp_path, in_this_process, content):
    root = tmp_path / "TOY"
    shutil.copytree(drawn, root)
    for name in files(drawn):
        if content is None:
            (root / name).unlink()
        else:
            (root / name).write_bytes(content)
        assert holds_synthetic_tree(root)
        write_tree(root, TOY, 2, None, 1, seed=0)
        assert files(root) | {".lock": b""} == files(drawn), name


def test_two_runs_that_draw_the_same_tree_wait_for_each_other(tmp_path):
    root = tmp_path / "DISFA"
    command = [sys.executable, "-m", "data_prep.synthetic.disfa", "--out", str(root), "--subjects", "1"]
    logs = [tmp_path / "first.log", tmp_path / "second.log"]
    with only_writer(root):
        runs = [
            subprocess.Popen([*command, "--frames", "2", "--jobs", "1"], cwd=ROOT, stdout=log.open("w"), stderr=-2)
            for log in logs
        ]
        wait_until(lambda: all("waiting for it to end" in log.read_text() for log in logs))
    assert [run.wait(60) for run in runs] == [0, 0]
    for log in logs:
        assert log.read_text().count(f"{root}: another run is writing here; waiting for it to end\n") == 1
    assert sum("draw faces" in log.read_text() for log in logs) == 1  # the second finds all done


def die(root, subject, settings):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_subject_that_kills_its_worker_is_named(tmp_path):
    with pytest.raises(WorkerDied, match=r"subject 2 \(SIGKILL\)"):
        write_tree(tmp_path / "TOY", TOY._replace(subjects=(2,), draw=die), 1, None, 1, seed=0)


def fill_disk(root, subject, settings):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_named(tmp_path):
    with pytest.raises(InputError, match="TOY: No space left on device; make room and run the same command"):
        write_tree(tmp_path / "TOY", TOY._replace(draw=fill_disk), 1, None, 1, seed=0)


def test_a_video_that_is_not_all_written_says_how_much_room_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(disfa.shutil, "disk_usage", lambda folder: SimpleNamespace(free=300_000))
    with pytest.raises(InputError, match=r"a.avi: 1 of 2 frames were written; 0.3 MB are free there; make room"):
        disfa.write_video(tmp_path / "a.avi", [np.zeros((16, 16, 3), np.uint8)], Camera(16, 16), 2)


@pytest.mark.parametrize("other", [{"seed": 1}, {"variant": "other"}, {"version": "another"}])
def test_a_tree_of_other_settings_is_cleared_but_for_foreign_files(drawn, tmp_path, other):
    root = tmp_path / "TOY"
    shutil.copytree(drawn, root)
    (root / "notes.txt").write_text("mine")
    settings = {"layout": "TOY", "variant": "plain", "seed": 0, "version": tree.version()}
    prepare_root(root, TOY, settings)
    assert files(root) == files(drawn) | {"notes.txt": b"mine"}
    prepare_root(root, TOY, settings | other)
    assert {path.name for path in root.iterdir()} == {"synthetic.json", "notes.txt", ".lock"}  # no empty folders either
    assert files(root)["synthetic.json"] != files(drawn)["synthetic.json"]


def test_an_edited_comment_redraws_nothing_and_edited_code_everything(tmp_path):
    path = tmp_path / "skin.py"
    path.write_text("TONE = 3  # warm\n")
    version = tree.version(tmp_path)
    path.write_text("TONE = 3  # cold\n")
    assert tree.version(tmp_path) == version
    path.write_text("TONE = 4  # warm\n")
    assert tree.version(tmp_path) != version


def test_a_tree_in_another_layout_is_refused(drawn):
    with pytest.raises(InputError, match="layout of TOY is here"):
        disfa.write_disfa(drawn, 1, 1, 0, 1)


def test_a_folder_of_other_files_is_refused(tmp_path):
    (tmp_path / "LeftVideoSN001_comp.avi").write_bytes(b"real data")
    with pytest.raises(InputError, match="holds other files and no synthetic.json; name an empty or new folder"):
        write_tree(tmp_path, TOY, 1, None, 1, seed=0)
    assert [path.name for path in tmp_path.iterdir()] == ["LeftVideoSN001_comp.avi"]


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_a_damaged_record_names_the_remedy(tmp_path, text):
    (tmp_path / "synthetic.json").write_text(text)
    with pytest.raises(InputError, match="delete .* and run again"):
        write_tree(tmp_path, TOY, 1, None, 1, seed=0)


@pytest.mark.parametrize("wrong", [{"subjects": 4}, {"subjects": 0}, {"frames": 0}, {"seed": -1}, {"variant": "odd"}])
def test_impossible_requests_name_the_option(tmp_path, wrong):
    request = {"subjects": 1, "frames": 1, "seed": 0, "jobs": 1, "variant": None} | wrong
    with pytest.raises(InputError, match="--" + next(iter(wrong))):
        write_tree(tmp_path / "TOY", TOY, **request)
    assert not (tmp_path / "TOY").exists()


def test_no_two_subjects_of_the_three_sets_are_the_same():
    seeds = [(n,) for n in disfa.SUBJECTS] + [(n, ckplus.STREAM) for n in ckplus.SUBJECTS]
    seeds += [(n, bp4d.STREAM) for n in range(len(bp4d.SUBJECTS))]
    textures = {random_identity(np.random.default_rng([0, *seed])).texture for seed in seeds}
    assert len(textures) == 27 + 113 + 41
