"""The synthetic tree on disk: DISFA's layout and its other spellings, the same bytes for the same seed."""

import cv2
import numpy as np
import pytest

from data_prep.pictures.video import video_frames
from data_prep.readers.disfa import read_disfa
from data_prep.subjects.aus import DISFA_AUS
from data_prep.synthetic.disfa import SUBJECTS, label_paths, video_path, write_disfa, write_subject, write_video
from data_prep.synthetic.scene import Camera
from data_prep.system.errors import InputError

FRAMES = 4
SETTINGS = {"frames": FRAMES, "seed": 0, "variant": "plain"}


def names(root):
    """Every file below `root` but the hidden ones."""
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return {path.as_posix() for path in paths if path.as_posix()[0] != "."}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    root = tmp_path_factory.mktemp("drawn") / "DISFA"
    write_disfa(root, subjects=2, frames=FRAMES, seed=0, jobs=2)
    return root


@pytest.fixture(scope="module", params=["both", "renamed"])
def two_views(request, tmp_path_factory):
    root = tmp_path_factory.mktemp(request.param)
    write_subject(root, 1, SETTINGS | {"variant": request.param})
    return request.param, root


def test_the_layout_is_disfas(drawn):
    expected = {f"ActionUnit_Labels/SN{s:03d}/SN{s:03d}_au{au}.txt" for s in (1, 2) for au in DISFA_AUS}
    expected |= {f"Videos_LeftCamera/LeftVideoSN{s:03d}_comp.avi" for s in (1, 2)} | {"synthetic.json"}
    assert names(drawn) == expected


def test_the_27_ids_are_disfas():
    assert len(SUBJECTS) == 27
    assert not {14, 15, 19, 20, 22} & set(SUBJECTS)


def test_labels_are_frame_and_intensity_from_frame_1(drawn):
    for path in label_paths(drawn, 1):
        rows = [tuple(map(int, line.split(","))) for line in path.read_text().splitlines()]
        assert [frame for frame, _ in rows] == list(range(1, FRAMES + 1))
        assert all(0 <= intensity <= 5 for _, intensity in rows)


def test_the_video_is_1024x768_at_20_fps(drawn):
    assert cv2.VideoCapture(str(video_path(drawn, 2))).get(cv2.CAP_PROP_FPS) == 20
    frames = [frame for *_, frame in video_frames(video_path(drawn, 2))]
    assert len(frames) == FRAMES
    assert frames[0].shape == (768, 1024, 3)


def test_a_subject_depends_on_seed_and_id_alone(drawn, tmp_path):
    write_subject(tmp_path, 2, SETTINGS)
    assert video_path(tmp_path, 2).read_bytes() == video_path(drawn, 2).read_bytes()
    write_subject(tmp_path, 2, SETTINGS | {"seed": 1})
    assert video_path(tmp_path, 2).read_bytes() != video_path(drawn, 2).read_bytes()


def test_other_spellings_have_both_cameras_and_the_same_left_view(drawn, two_views):
    variant, root = two_views
    videos = {
        "both": {"Videos_LeftCamera/LeftVideoSN001_comp.avi", "Video_RightCamera/RightVideoSN001_Comp.avi"},
        "renamed": {"Video_LeftCamera/LeftVideoSN001_Comp.avi", "Videos_RightCamera/RightVideoSN001_comp.avi"},
    }
    assert {name for name in names(root) if name.endswith(".avi")} == videos[variant]
    assert video_path(root, 1, variant).read_bytes() == video_path(drawn, 1).read_bytes()
    assert label_paths(root, 1)[0].read_text().startswith({"both": "1,", "renamed": "1 "}[variant])


def test_the_right_view_is_another_view_of_the_same_labels(two_views):
    _, root = two_views
    left, right = (read_disfa(root, camera=camera)[0] for camera in ("left", "right"))
    assert (left.label == right.label).all() and left.frame.tolist() == right.frame.tolist() == [1, 2, 3, 4]
    views = zip(video_frames(left.source), video_frames(right.source))
    change = [np.abs(a.astype(int) - b).mean() for (*_, a), (*_, b) in views]
    assert len(change) == FRAMES
    assert min(change) > 3


def test_a_video_short_of_frames_is_an_error_and_not_renamed(tmp_path):
    camera = Camera()
    picture = np.zeros((camera.height, camera.width, 3), np.uint8)
    with pytest.raises(InputError, match="1 of 2 frames"):
        write_video(tmp_path / "a.avi", [picture], camera, 2)
    assert not (tmp_path / "a.avi").exists()


def test_an_unwritable_place_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        write_video(tmp_path / "file/a.avi", [], Camera(), 0)
