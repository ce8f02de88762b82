"""From a tree of videos to subject files."""

import zlib

import cv2
import numpy as np
import pytest

from data_prep.faces.boxes import NO_FACE, BoxRow, box_path, load_boxes, save_boxes
from data_prep.faces.search import PARAMETERS
from data_prep.faces.stage import PAPER
from data_prep.faces.tracker import FaceTracker
from data_prep.preparation.crops import save_miss
from data_prep.preparation.dataset import prepare_dataset
from data_prep.preparation.face_report import count, detection
from data_prep.preparation.prepare import prepare, prepare_subject
from data_prep.prepare_dataset import main
from data_prep.readers.disfa import read_disfa
from data_prep.readers.recording import Recording, pictures
from data_prep.subjects.aus import DISFA_AUS
from data_prep.subjects.provenance import load_provenance
from data_prep.subjects.subject_file import STORED_SIZE, load_subject, subject_paths
from data_prep.synthetic.disfa import write_disfa
from data_prep.system.errors import InputError

FRAMES = 12


@pytest.fixture
def tree(tmp_path):
    write_disfa(tmp_path / "DISFA", 1, FRAMES, 0, 1)
    return tmp_path / "DISFA"


def video(tree):
    return next((tree / "Videos_LeftCamera").glob("*.avi"))


def test_every_frame_is_a_crop_or_a_counted_miss_with_its_own_label(tree, tmp_path):
    main(["disfa", str(tree), "--out", str(tmp_path / "data")])
    subject = load_subject(subject_paths(tmp_path / "data")[0])
    assert sorted([*subject.frame, *subject.missed]) == list(range(1, FRAMES + 1))
    assert subject.image.shape == (len(subject.frame), STORED_SIZE, STORED_SIZE) and subject.image.std() > 10
    assert subject.au.tolist() == list(DISFA_AUS)
    label = read_disfa(tree)[0].label
    assert np.array_equal(subject.label, label[subject.frame - 1])
    intensity = read_disfa(tree)[0].intensity
    assert np.array_equal(subject.intensity, intensity[subject.frame - 1]) and intensity.max() > 1
    assert np.array_equal(subject.label, subject.intensity >= 1)
    assert load_provenance(tmp_path / "data") == "synthetic faces in DISFA's layout"


def test_frames_without_labels_are_kept_as_unknown(tree, tmp_path):
    recording = read_disfa(tree)[0]
    frame, label, intensity = (values[:6] for values in (recording.frame, recording.label, recording.intensity))
    recording = recording._replace(frame=frame, label=label, intensity=intensity)
    prepare([recording], tmp_path / "data", jobs=1)
    subject = load_subject(subject_paths(tmp_path / "data")[0])
    assert (subject.label[subject.frame > 6] == -1).all() and (subject.label[subject.frame <= 6] >= 0).all()
    assert (subject.intensity[subject.frame > 6] == -1).all()
    assert subject.labelled.sum() == (subject.frame <= 6).sum()


def test_a_truncated_video_is_named_with_the_frame_it_ends_at(tree, tmp_path):
    content = video(tree).read_bytes()
    video(tree).write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"LeftVideoSN001_comp.avi: ends after frame \d+, .*copy it again"):
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


@pytest.fixture
def images(tree, tmp_path):
    """A recording of five images of a drawn face, frames 10 to 14: the second is blank, the fourth is no JPEG."""
    face = next(image for _, image in pictures(read_disfa(tree)[0]))
    paths = []
    for number in range(10, 15):
        path = tmp_path / f"{number}.jpg"
        cv2.imwrite(str(path), np.full_like(face, 90) if number == 11 else face)
        paths.append((number, path))
    paths[3][1].write_text("not a picture")
    return Recording("S1", "take", tmp_path, tuple(paths), np.arange(10, 15), np.eye(5, 3, dtype=np.int8), (1, 2, 4))


def test_a_frame_without_a_face_and_one_that_cannot_be_read_are_left_out_and_counted(images, tmp_path):
    prepare_dataset("mine", tmp_path, [images], tmp_path / "data", jobs=1)
    subject = load_subject(tmp_path / "data/S1.npz")
    assert subject.frame.tolist() == [10, 12, 14] and set(subject.sequence) == {"take"}
    assert np.array_equal(subject.label, images.label[[0, 2, 4]])
    assert subject.missed.tolist() == [11, 13] and subject.missed_sequence.tolist() == ["take", "take"]
    assert detection(tmp_path / "data", ["S1"]) == {
        "subjects": 1,
        "frames": 5,
        "faces": 3,
        "missed": 1,
        "unreadable": 1,
        "missed_by_subject": {"S1": 2},
    }
    assert "| S1 | 5 | 3 | 1 | 1 | 40.00 |" in (tmp_path / "data/detection.md").read_text()
    assert cv2.imread(str(tmp_path / "data/detection.jpg")).shape[1] == 256


def test_a_frame_without_a_face_may_be_cropped_at_the_last_box(images, tmp_path):
    prepare([images], tmp_path / "data", jobs=1, misses="previous")
    subject = load_subject(tmp_path / "data/S1.npz")
    assert subject.frame.tolist() == [10, 11, 12, 14] and subject.missed.tolist() == [11, 13]
    assert np.array_equal(subject.box[0], subject.box[1]) and subject.image[1].std() < 1


@pytest.mark.parametrize("continuous, shakes", [(True, False), (False, True)])
def test_boxes_of_pictures_that_follow_each_other_are_steady(images, tmp_path, continuous, shakes):
    face = cv2.imread(str(images.images[0][1]))
    for number, path in images.images:
        cv2.imwrite(str(path), np.roll(face, 6 * (number % 2), axis=1))
    prepare([images._replace(continuous=continuous)], tmp_path / "data", jobs=1)
    left = [row.box[0] for row in load_boxes(tmp_path / "data", "S1").values()]
    assert len(left) == 5 and (min(np.abs(np.diff(left))) >= 4) == shakes
    assert np.array_equal(load_subject(tmp_path / "data/S1.npz").box[:, 0], left)


def test_boxes_are_kept_with_their_detector_and_serve_another_size(tree, tmp_path, monkeypatch):
    prepare(read_disfa(tree), tmp_path / "data", jobs=1)
    assert PARAMETERS in box_path(tmp_path / "data", "SN001").read_text().splitlines()[0]
    assert f"opencv {cv2.__version__}" in PARAMETERS
    before = load_boxes(tmp_path / "data", "SN001")

    def not_again(*_):
        raise AssertionError("searched again")

    monkeypatch.setattr(FaceTracker, "find", not_again)
    prepare_subject(("SN001", read_disfa(tree), tmp_path / "data", 60, "drop", PAPER))
    assert load_subject(tmp_path / "data/SN001.npz").image.shape[1:] == (60, 60)
    assert load_boxes(tmp_path / "data", "SN001") == before
    video(tree).touch()  # other pictures, as far as anyone can tell
    with pytest.raises(AssertionError, match="searched again"):
        prepare_subject(("SN001", read_disfa(tree), tmp_path / "data", 60, "drop", PAPER))


def test_no_scratch_is_left_behind(tree, tmp_path):
    prepare(read_disfa(tree), tmp_path / "data", jobs=1)
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"SN001.npz", "boxes", "done"}


def test_a_half_jpeg_and_one_too_large_for_opencv_are_counted_as_unreadable(images, tmp_path):
    half, large = (path for _, path in images.images[:2])
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    _ok, picture = cv2.imencode(".png", np.zeros((1, 1, 3), np.uint8))
    size = (2**16).to_bytes(4, "big") * 2  # claimed in the header, behind which the checksum follows
    head = picture[:16].tobytes() + size + picture[24:29].tobytes()
    large.write_bytes(head + zlib.crc32(head[12:]).to_bytes(4, "big") + picture[33:].tobytes())
    prepare([images], tmp_path / "data", jobs=1)
    assert count(tmp_path / "data", "S1").unreadable == 3  # and the one that is no picture


def test_the_picture_of_a_missed_frame_may_be_a_pixel_high(tmp_path):
    path = save_miss(tmp_path, BoxRow("", 1, None, NO_FACE), "anna", np.zeros((1, 4000, 3), np.uint8))
    assert path == tmp_path / "misses/anna/1.jpg" and path.is_file()


def test_boxes_of_a_sequence_named_like_a_comment_are_kept(tmp_path):
    rows = [BoxRow("#1", 1, (1, 2, 3, 4), ""), BoxRow("#1", 2, None, "no face")]
    save_boxes(tmp_path, "anna", "digest", "haar 1.1", rows)
    assert list(load_boxes(tmp_path, "anna", "digest").values()) == rows == list(load_boxes(tmp_path, "anna").values())
