"""What a preparation leaves, damaged file by file: the same command makes it again, byte for byte."""

import os
import shutil

import cv2
import numpy as np
import pytest

from data_prep.faces.boxes import box_path, load_boxes
from data_prep.faces.stage import face_stage
from data_prep.faces.tracker import FaceTracker
from data_prep.preparation import prepare as preparation
from data_prep.preparation.dataset import prepare_dataset
from data_prep.readers.csv_dataset import read_csv_dataset
from data_prep.subjects.subject_file import Subject, load_subject
from data_prep.synthetic.face import draw
from data_prep.synthetic.identity import random_identity


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    def run_all(function, tasks, jobs, name):
        return ((task, function(task)) for task in tasks)

    monkeypatch.setattr(preparation, "run_all", run_all)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """A CSV of two people, with a blank picture each."""
    folder = tmp_path_factory.mktemp("dataset")
    rng, rows = np.random.default_rng(5), ["subject,image,AU1"]
    for name in ("anna", "ben"):
        face = cv2.resize(draw(random_identity(rng), np.zeros(12)), (320, 240), interpolation=cv2.INTER_AREA)
        for number, picture in enumerate((face, np.full_like(face, 90), face[:, ::-1])):
            cv2.imwrite(str(folder / f"{name}{number}.png"), picture)
            rows.append(f"{name},{name}{number}.png,{number % 2}")
    (folder / "mine.csv").write_text("\n".join(rows) + "\n")
    return folder / "mine.csv"


def prepare(dataset, out, **options):
    prepare_dataset("mine", dataset, read_csv_dataset(dataset), out, jobs=1, **options)


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def prepared(dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("prepared") / "data"
    prepare(dataset, out)
    return out


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path):
    content = bytearray(path.read_bytes())
    start = max(len(content) // 2 - 32, 0)
    content[start : start + 64] = bytes(byte ^ 255 for byte in content[start : start + 64])
    path.write_bytes(content)


def make_null(path):
    path.write_text("null")


def make_binary(path):
    path.write_bytes(bytes(range(256)))


DAMAGE = (os.remove, cut, flip, make_null, make_binary)


@pytest.mark.parametrize("damage", DAMAGE)
def test_every_file_that_is_damaged_is_made_again_as_it_was(dataset, prepared, tmp_path, damage):
    out = tmp_path / "data"
    shutil.copytree(prepared, out)
    whole = contents(prepared)
    assert {"anna.npz", "boxes/ben.csv", "misses/anna/2.jpg", "done/ben.json", "dataset.json"} < set(whole)
    assert {"detection.md", "detection.jpg", ".lock"} < set(whole)
    for name in whole:
        damage(out / name)
        prepare(dataset, out)
        assert contents(out) | {".lock": b""} == whole, name


def test_boxes_cut_inside_their_last_number_or_changed_are_searched_again(dataset, prepared, tmp_path):
    out = tmp_path / "data"
    shutil.copytree(prepared, out)
    path = box_path(out, "anna")
    text = path.read_text()
    last = text.rindex("\n#")
    row = text.splitlines()[2]
    for damaged in (text[: last - 2], text[: last + 1], text.replace(row, "-" + row), text.replace(row, row + "0")):
        path.write_text(damaged)
        (out / "anna.npz").unlink()
        assert load_boxes(out, "anna") == {}
        prepare(dataset, out)
        assert contents(out) == contents(prepared)


def test_whole_boxes_are_not_searched_again_when_the_subject_file_is_damaged(dataset, prepared, tmp_path, monkeypatch):
    out = tmp_path / "data"
    shutil.copytree(prepared, out)
    cut(out / "anna.npz")
    monkeypatch.setattr(FaceTracker, "find", None)
    prepare(dataset, out)
    assert contents(out) == contents(prepared)


def test_boxes_that_lie_outside_of_their_picture_are_searched_again(dataset, tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(dataset.parent, folder)
    prepare(folder / "mine.csv", tmp_path / "data")
    path = folder / "anna0.png"
    stat, picture = path.stat(), cv2.imread(str(path))
    cv2.imwrite(str(path), cv2.resize(picture, (160, 120), interpolation=cv2.INTER_AREA))
    with path.open("ab") as file:
        file.write(bytes(stat.st_size - path.stat().st_size))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # another picture, of the same name, size and time
    cut(tmp_path / "data/anna.npz")
    before = load_boxes(tmp_path / "data", "anna")
    prepare(folder / "mine.csv", tmp_path / "data")
    after = load_boxes(tmp_path / "data", "anna")
    assert list(before) == list(after) and before != after
    assert len(load_subject(tmp_path / "data/anna.npz").image) == sum(row.box is not None for row in after.values())


def test_aligned_crops_are_the_same_whether_boxes_are_found_or_read(dataset, tmp_path):
    stage = face_stage("blazeface", "landmarks")
    prepare(dataset, tmp_path, stage=stage)
    before = (tmp_path / "anna.npz").read_bytes()
    (tmp_path / "anna.npz").unlink()
    prepare(dataset, tmp_path, stage=stage)
    assert (tmp_path / "anna.npz").read_bytes() == before


def test_subjects_of_an_earlier_preparation_are_named(dataset, prepared, tmp_path):
    shutil.copytree(prepared, tmp_path / "data")
    rows = dataset.read_text().splitlines(keepends=True)
    fewer = dataset.with_name("fewer.csv")
    fewer.write_text("".join(row for row in rows if not row.startswith("ben")))
    with pytest.warns(UserWarning, match="holds subjects of an earlier preparation too.* ben; delete"):
        prepare(fewer, tmp_path / "data")


def test_a_subject_file_of_an_earlier_version_is_the_papers_way(prepared, tmp_path):
    with np.load(prepared / "anna.npz") as arrays:
        np.savez(
            tmp_path / "anna.npz", **{name: arrays[name] for name in arrays if name not in Subject._field_defaults}
        )
    old, new = load_subject(tmp_path / "anna.npz"), load_subject(prepared / "anna.npz")
    assert (old.detector, old.align, old.template.shape) == (new.detector, new.align, new.template.shape)
    assert (old.image == new.image).all() and old.source == new.source
