"""The LMDBs for plain Caffe, of subjects whose differences from their mean face are known by hand."""

import numpy as np
import pytest

from data_prep.subjects.aus import UNKNOWN
from data_prep.subjects.lmdb_pair import load_lmdb
from data_prep.subjects.splits import train_val_split
from data_prep.subjects.subject_file import Subject, save_subject
from data_prep.write_lmdb import main

FRAMES = 3  # labelled ones of each subject
ABOVE = {"S1": 10, "S2": 20, "S3": 40, "S4": 80}  # gray levels of the labelled frames above the subject's mean face
LABELS = {"S1": (0, 0), "S2": (0, 1), "S3": (1, 0), "S4": (1, 1)}  # of all labelled frames of a subject


@pytest.fixture
def data(tmp_path):
    """Subject files with as many unlabelled frames, as far below the mean face."""
    for name, above in ABOVE.items():
        level = [120 + above] * FRAMES + [120 - above] * FRAMES
        label = [LABELS[name]] * FRAMES + [(UNKNOWN, UNKNOWN)] * FRAMES
        numbers, none = np.arange(2 * FRAMES), np.array([], np.int64)
        save_subject(
            tmp_path / "data",
            Subject(
                name=name,
                image=np.array(level, np.uint8)[:, None, None].repeat(4, 1).repeat(4, 2),
                label=np.array(label, np.int8),
                au=np.array([1, 12]),
                frame=numbers,
                sequence=np.full(len(numbers), ""),
                box=np.zeros((len(numbers), 4), np.int64),
                missed=none,
                missed_sequence=none.astype(str),
                source="",
            ),
        )
    return tmp_path / "data"


def records(prefix):
    """{subject: the one value of all its pixels}, by the labels; checks that each record has its neutral label."""
    image, label = load_lmdb(f"{prefix}_image_lmdb"), load_lmdb(f"{prefix}_label_lmdb")[:, :, 0, 0]
    assert image.dtype == np.uint8 and image.shape[1:] == (1, 4, 4) and len(image) == len(label)
    assert (label[:, 2] == (label[:, :2] == 0).all(axis=1)).all()
    values = {}
    for name, expected in LABELS.items():
        own = image[(label[:, :2] == expected).all(axis=1)]
        if len(own):
            assert len(own) == FRAMES and len(np.unique(own)) == 1
            values[name] = int(own[0, 0, 0, 0])
    return values


@pytest.mark.parametrize("seed", [0, 1])
def test_subjects_are_split_and_all_are_normalized_by_the_training_frames_mean(data, tmp_path, capsys, seed):
    main([str(data), "--out", str(tmp_path / "lmdb"), "--seed", str(seed)])
    printed = capsys.readouterr().out
    train, val = train_val_split(list(ABOVE), seed)
    mean = np.mean([ABOVE[name] for name in train])
    for part, names in (("train", train), ("val", val)):
        expected = {name: round((ABOVE[name] - mean) / 2 + 128) for name in names}
        assert records(tmp_path / "lmdb" / part) == expected
        assert f"{part}_*_lmdb: {FRAMES * len(names)} frames of {', '.join(names)}" in printed
    assert len(list((tmp_path / "lmdb").glob("*_lmdb"))) == 4
