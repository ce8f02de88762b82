"""The synthetic tree on disk: DISFA's layout, the same bytes for the same seed, safe to interrupt."""

import json
import shutil

import cv2
import numpy as np
import pytest

from data_prep.aus import DISFA_AUS
from data_prep.errors import InputError
from data_prep.synthetic import disfa
from data_prep.synthetic.disfa import SUBJECTS, label_paths, video_path, write_disfa, write_subject, write_video
from data_prep.synthetic.scene import Camera

FRAMES = 4


def tree(root):
    """Every file below `root` and its bytes."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    root = tmp_path_factory.mktemp("drawn") / "DISFA"
    write_disfa(root, subjects=2, frames=FRAMES, seed=0, jobs=2)
    return root


def test_the_layout_is_disfas(drawn):
    names = {f"ActionUnit_Labels/SN{s:03d}/SN{s:03d}_au{au}.txt" for s in (1, 2) for au in DISFA_AUS}
    names |= {f"Videos_LeftCamera/LeftVideoSN{s:03d}_comp.avi" for s in (1, 2)} | {"synthetic.json"}
    assert set(tree(drawn)) == names


def test_the_27_ids_are_disfas():
    assert len(SUBJECTS) == 27
    assert not {14, 15, 19, 20, 22} & set(SUBJECTS)


def test_labels_are_frame_and_intensity_from_frame_1(drawn):
    for path in label_paths(drawn, 1):
        rows = [tuple(map(int, line.split(","))) for line in path.read_text().splitlines()]
        assert [frame for frame, _ in rows] == list(range(1, FRAMES + 1))
        assert all(0 <= intensity <= 5 for _, intensity in rows)


def test_the_video_is_1024x768_at_20_fps(drawn):
    video = cv2.VideoCapture(str(video_path(drawn, 2)))
    assert video.get(cv2.CAP_PROP_FPS) == 20
    frames = []
    while (read := video.read())[0]:
        frames.append(read[1])
    assert len(frames) == FRAMES
    assert frames[0].shape == (768, 1024, 3)


def test_the_tree_says_it_is_synthetic(drawn):
    assert "Synthetic" in json.loads((drawn / "synthetic.json").read_text())["about"]


def test_a_subject_depends_on_seed_and_id_alone(drawn, tmp_path):
    write_subject((tmp_path, 2, FRAMES, 0, Camera()))
    assert video_path(tmp_path, 2).read_bytes() == video_path(drawn, 2).read_bytes()
    write_subject((tmp_path, 2, FRAMES, 1, Camera()))
    assert video_path(tmp_path, 2).read_bytes() != video_path(drawn, 2).read_bytes()


def test_an_interrupted_tree_is_completed_and_complete_subjects_are_kept(drawn, tmp_path):
    root = tmp_path / "DISFA"
    shutil.copytree(drawn, root)
    video_path(root, 2).unlink()
    kept = video_path(root, 1).stat().st_mtime_ns
    label_paths(root, 2)[0].write_text("1,0\n")  # killed between labels and video
    video_path(root, 2).with_name(".LeftVideoSN002_comp.part.avi").write_bytes(b"half a video")
    write_disfa(root, 2, FRAMES, 0, 1)  # replaces both and leaves no partial file
    assert video_path(root, 1).stat().st_mtime_ns == kept
    assert tree(root) == tree(drawn)


@pytest.mark.parametrize("other", [{"frames": 9}, {"seed": 1}, {"version": "another"}])
def test_a_tree_of_other_settings_or_version_is_cleared_but_for_foreign_files(tmp_path, other):
    settings = {"frames": 1, "seed": 0, "version": disfa.version()}
    disfa.prepare_root(tmp_path, settings)
    write_subject((tmp_path, 1, 1, 0, Camera()))
    before = tree(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    disfa.prepare_root(tmp_path, settings)
    assert set(tree(tmp_path)) == {*before, "notes.txt"}
    disfa.prepare_root(tmp_path, settings | other)
    assert set(tree(tmp_path)) == {"synthetic.json", "notes.txt"}
    assert tree(tmp_path)["synthetic.json"] != before["synthetic.json"]


@pytest.mark.parametrize("wrong", [{"subjects": 28}, {"subjects": 0}, {"frames": 0}, {"seed": -1}])
def test_impossible_requests_name_the_option(tmp_path, wrong):
    settings = {"subjects": 1, "frames": 1, "seed": 0, "jobs": 1} | wrong
    with pytest.raises(InputError, match="--" + next(iter(wrong))):
        write_disfa(tmp_path / "DISFA", **settings)
    assert not (tmp_path / "DISFA").exists()


def test_a_folder_of_other_files_is_refused(tmp_path):
    (tmp_path / "LeftVideoSN001_comp.avi").write_bytes(b"real data")
    with pytest.raises(InputError, match="empty or new folder"):
        write_disfa(tmp_path, 1, 1, 0, 1)


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
