"""What drawn trees share, on a layout of text files: settings kept on record, resuming, clearing, refusing."""

import json
import os
import shutil
import signal

import numpy as np
import pytest

from data_prep.synthetic import bp4d, ckplus, disfa, tree
from data_prep.synthetic.identity import random_identity
from data_prep.synthetic.tree import Layout, prepare_root, write_tree
from data_prep.system.attempts import WorkerDied
from data_prep.system.errors import InputError


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
    (root / "plain/1.txt").write_text("kept")
    write_tree(root, TOY, 2, None, 1, seed=0)
    assert files(root) == files(drawn) | {"plain/1.txt": b"kept"}


def die(root, subject, settings):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_subject_that_kills_its_worker_is_named(tmp_path):
    with pytest.raises(WorkerDied, match=r"subject 2 \(SIGKILL\)"):
        write_tree(tmp_path / "TOY", TOY._replace(subjects=(2,), draw=die), 1, None, 1, seed=0)


@pytest.mark.parametrize("other", [{"seed": 1}, {"variant": "other"}, {"version": "another"}])
def test_a_tree_of_other_settings_is_cleared_but_for_foreign_files(drawn, tmp_path, other):
    root = tmp_path / "TOY"
    shutil.copytree(drawn, root)
    (root / "notes.txt").write_text("mine")
    settings = {"layout": "TOY", "variant": "plain", "seed": 0, "version": tree.version()}
    prepare_root(root, TOY, settings)
    assert files(root) == files(drawn) | {"notes.txt": b"mine"}
    prepare_root(root, TOY, settings | other)
    assert {path.name for path in root.iterdir()} == {"synthetic.json", "notes.txt"}  # no empty folders either
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
    with pytest.raises(InputError, match="empty or new folder"):
        write_tree(tmp_path, TOY, 1, None, 1, seed=0)


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
