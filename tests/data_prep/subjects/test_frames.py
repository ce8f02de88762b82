"""The labelled frames of several subjects, and their normalization on the way into an LMDB pair."""

import numpy as np
import pytest

from data_prep.subjects.aus import UNKNOWN
from data_prep.subjects.frames import load_frames, write_frames
from data_prep.subjects.lmdb_pair import load_lmdb
from data_prep.subjects.subject_file import Subject, load_subject, save_subject
from data_prep.system.errors import InputError


@pytest.fixture
def subject(tmp_path):
    """Write a subject file of constant images 2 x 2; returns its path."""

    def write(name, level, label, au=(1, 12), intensity=None):
        count, none = len(level), np.array([], np.int64)
        save_subject(
            tmp_path,
            Subject(
                name=name,
                image=np.array(level, np.uint8)[:, None, None].repeat(2, 1).repeat(2, 2),
                label=np.array(label, np.int8),
                au=np.array(au),
                frame=np.arange(1, count + 1),
                sequence=np.array([f"take{number}" for number in range(count)]),
                box=np.zeros((count, 4), np.int64),
                missed=none,
                missed_sequence=none.astype(str),
                source="",
                intensity=None if intensity is None else np.array(intensity, np.int8),
            ),
        )
        return tmp_path / f"{name}.npz"

    return write


def test_the_mean_face_is_over_all_frames_and_unlabelled_ones_are_left_out(subject):
    frames = load_frames([subject("a", [10, 40, 70, 80], [[0, 1], [-1, -1], [-1, 1], [-1, -1]])])
    assert frames.difference[:, 0, 0].tolist() == [-40, 20] and frames.difference.dtype == np.float32
    assert frames.label.tolist() == [[0, 1], [-1, 1]] and frames.frame.tolist() == [1, 3]
    assert frames.sequence.tolist() == ["take0", "take2"] and frames.subject.tolist() == ["a", "a"]
    assert frames.mean == pytest.approx(np.full((2, 2), -10))


def test_each_subject_has_a_mean_face_of_its_own(subject):
    paths = [subject("a", [10, 20], [[0, 0], [1, 1]]), subject("b", [100, 140], [[1, 0], [0, 1]])]
    frames = load_frames(paths)
    assert frames.difference[:, 0, 0].tolist() == [-5, 5, -20, 20]
    assert frames.subject.tolist() == ["a", "a", "b", "b"]


def test_columns_are_those_asked_for_and_an_au_that_a_file_lacks_is_unknown(subject):
    path = subject("a", [10, 20], [[0, 1], [UNKNOWN, 1]])
    assert load_frames([path], aus=(12, 4, 1)).label.tolist() == [[1, -1, 0], [1, -1, -1]]
    assert load_frames([path], aus=(1,)).label.tolist() == [[0]]  # the second frame has no label left


def test_intensities_go_with_the_labels_and_are_unknown_where_there_are_none(subject):
    graded = subject("a", [10, 20], [[0, 1], [-1, -1]], intensity=[[0, 4], [-1, -1]])
    frames = load_frames([graded, subject("b", [30], [[1, 1]])], aus=(12, 9, 1))
    assert frames.intensity.tolist() == [[4, -1, 0], [-1, -1, -1]] and frames.intensity.dtype == np.int8
    with np.load(graded) as arrays:
        earlier = {name: arrays[name] for name in arrays.files if name != "intensity"}
    np.savez(graded, **earlier)  # a file of an earlier version
    assert load_subject(graded).intensity.tolist() == [[-1, -1], [-1, -1]]


def test_without_any_labelled_frame_the_files_are_named(subject):
    with pytest.raises(InputError, match=r"no labelled frame in .*a\.npz"):
        load_frames([subject("a", [10, 20], [[-1, -1], [-1, -1]])])


@pytest.mark.parametrize("quantize, values, dtype", [(True, [143, 118], np.uint8), (False, [143, 118], np.float32)])
def test_frames_are_written_in_the_order_given_minus_the_training_mean(subject, tmp_path, quantize, values, dtype):
    frames = load_frames([subject("a", [50, 100, 60], [[0, 0], [1, -1], [-1, -1]])])
    assert frames.difference[:, 0, 0].tolist() == [-20, 30]
    write_frames(tmp_path / "train", frames, np.zeros((2, 2), np.float32), np.array([1, 0]), quantize)
    image, label = load_lmdb(tmp_path / "train_image_lmdb"), load_lmdb(tmp_path / "train_label_lmdb")
    assert image[:, 0, 0, 0].tolist() == values and image.dtype == dtype
    assert label[:, :, 0, 0].tolist() == [[1, -1, 0], [0, 0, 1]]
    write_frames(tmp_path / "val", frames, np.full((2, 2), 10, np.float32), np.array([0]), quantize)
    assert load_lmdb(tmp_path / "val_image_lmdb")[0, 0, 0, 0] == 113


def test_neutral_is_over_the_aus_that_the_training_frames_have(subject, tmp_path):
    train, val = (
        load_frames([subject("a", [50, 100], [[0, -1], [1, -1]])]),
        load_frames([subject("b", [50, 100], [[0, -1], [0, 0]])]),
    )
    for name, frames in (("train", train), ("val", val)):
        write_frames(tmp_path / name, frames, train.mean, np.arange(2), modeled=train.modeled)
    labels = [load_lmdb(tmp_path / f"{name}_label_lmdb")[:, :, 0, 0].tolist() for name in ("train", "val")]
    assert labels == [[[0, -1, 1], [1, -1, 0]], [[0, -1, 1], [0, 0, 1]]]
