"""From a tree of videos to subject files."""

import numpy as np
import pytest

from data_prep.aus import DISFA_AUS
from data_prep.disfa import read_disfa
from data_prep.errors import InputError
from data_prep.prepare import main, prepare
from data_prep.provenance import load_provenance
from data_prep.subjects import STORED_SIZE, load_subject, subject_paths
from data_prep.synthetic.disfa import write_disfa

FRAMES = 12


@pytest.fixture
def tree(tmp_path):
    write_disfa(tmp_path / "DISFA", 1, FRAMES, 0, 1)
    return tmp_path / "DISFA"


def video(tree):
    return next((tree / "Videos_LeftCamera").glob("*.avi"))


def test_every_frame_is_a_crop_or_a_counted_miss_with_its_own_label(tree, tmp_path):
    main([str(tree), "--out", str(tmp_path / "data")])
    subject = load_subject(subject_paths(tmp_path / "data")[0])
    assert sorted([*subject.frame, *subject.missed]) == list(range(1, FRAMES + 1))
    assert subject.image.shape == (len(subject.frame), STORED_SIZE, STORED_SIZE) and subject.image.std() > 10
    assert subject.au.tolist() == list(DISFA_AUS)
    label = read_disfa(tree)[0].label
    assert np.array_equal(subject.label, label[subject.frame - 1])
    assert load_provenance(tmp_path / "data") == "synthetic faces in DISFA's layout"


def test_frames_without_labels_are_kept_as_unknown(tree, tmp_path):
    recording = read_disfa(tree)[0]
    recording = recording._replace(frame=recording.frame[:6], label=recording.label[:6])
    prepare([recording], tmp_path / "data", jobs=1)
    subject = load_subject(subject_paths(tmp_path / "data")[0])
    assert (subject.label[subject.frame > 6] == -1).all() and (subject.label[subject.frame <= 6] >= 0).all()
    assert subject.labelled.sum() == (subject.frame <= 6).sum()


def test_a_truncated_video_is_named_with_the_frame_it_ends_at(tree, tmp_path):
    content = video(tree).read_bytes()
    video(tree).write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"LeftVideoSN001_comp.avi: the video ends after frame \d+, .*copy it again"):
        prepare(read_disfa(tree), tmp_path / "data", jobs=1)
    assert not (tmp_path / "data").exists() or not list((tmp_path / "data").glob("*.npz"))


def test_a_file_that_is_no_video_is_named(tree, tmp_path):
    video(tree).write_text("not a video")
    with pytest.raises(InputError, match="LeftVideoSN001_comp.avi: .*OpenCV cannot open"):
        prepare(read_disfa(tree), tmp_path / "data", jobs=1)


def test_only_what_changed_is_prepared_again(tree, tmp_path):
    def written():
        return subject_paths(tmp_path / "data")[0].stat().st_mtime_ns

    prepare(read_disfa(tree), tmp_path / "data", jobs=1)
    first = written()
    prepare(read_disfa(tree), tmp_path / "data", jobs=1)
    assert written() == first
    labels = tree / "ActionUnit_Labels/SN001/SN001_au1.txt"
    labels.write_text(labels.read_text().replace(",0", ",3"))
    prepare(read_disfa(tree), tmp_path / "data", jobs=1)
    assert written() != first and load_subject(subject_paths(tmp_path / "data")[0]).label[:, 0].all()


def test_a_damaged_subject_file_is_prepared_again(tree, tmp_path):
    prepare(read_disfa(tree), tmp_path / "data", jobs=1)
    path = subject_paths(tmp_path / "data")[0]
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match="not a readable subject file.*prepare it again"):
        load_subject(path)
    prepare(read_disfa(tree), tmp_path / "data", jobs=1)
    assert len(load_subject(path).image)
