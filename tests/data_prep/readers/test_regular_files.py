"""Files that no reader opens: pipes, devices, what is absurdly large, what it may not read. Each is named, at once."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from data_prep.readers.bp4d import read_bp4d
from data_prep.readers.ckplus import read_ckplus
from data_prep.readers.csv_dataset import read_csv_dataset
from data_prep.readers.disfa import read_disfa
from data_prep.readers.regular_files import LARGEST_TEXT
from data_prep.subjects.aus import DISFA_AUS
from data_prep.system.errors import InputError

NOBODY = 65534
IMAGE = cv2.imencode(".png", np.zeros((4, 4), np.uint8))[1].tobytes()
FACS, BP4D_ROWS = "   1.0   3.0\n", "0," + ",".join(map(str, range(1, 100))) + "\n1" + ",0" * 99 + "\n"
AU9 = "ActionUnit_Labels/SN001/SN001_au9.txt"
VIDEO = "Videos_LeftCamera/LeftVideoSN001_comp.avi"
TREES = {
    read_disfa: {f"ActionUnit_Labels/SN001/SN001_au{au}.txt": "1,0\n" for au in DISFA_AUS} | {VIDEO: IMAGE},
    read_bp4d: {"AUCoding/F001_T1.csv": BP4D_ROWS, "BP4D-training/F001/T1/1.jpg": IMAGE},
    read_ckplus: {
        "FACS/S005/001/S005_001_00000001_facs.txt": FACS,
        "cohn-kanade-images/S005/001/S005_001_00000001.png": IMAGE,
    },
    read_csv_dataset: {"mine.csv": "subject,image,AU1\nanna,anna.png,1\n", "anna.png": IMAGE},
}
FILES = [(read, name) for read, tree in TREES.items() for name in tree if "_au" not in name or name == AU9]
TEXTS = [(read, name) for read, name in FILES if name.endswith((".txt", ".csv"))]


@pytest.fixture
def write(tmp_path):
    def write(read, root=tmp_path / "root"):
        for name, content in TREES[read].items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return write


@pytest.fixture(autouse=True)
def at_once():
    """Fail a test that waits for a pipe."""

    def fail(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(5)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def given(read, root):
    return root / "mine.csv" if read is read_csv_dataset else root


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.parametrize("read, name", FILES)
def test_a_pipe_or_device_is_named_and_not_opened(write, read, name, make):
    root = write(read)
    (root / name).unlink()
    make(root / name)
    with pytest.raises(InputError, match=f"{name}: a pipe, device or socket, not a regular file; move it away"):
        read(given(read, root))


@pytest.mark.parametrize("read, name", FILES)
def test_a_link_to_a_file_is_that_file(write, read, name):
    root = write(read)
    (root / name).rename(root.parent / "elsewhere")
    (root / name).symlink_to(root.parent / "elsewhere")
    assert len(read(given(read, root))) == 1


@pytest.mark.parametrize("read, name", TEXTS)
def test_a_label_file_of_absurd_size_is_not_read(write, read, name):
    root = write(read)
    os.truncate(root / name, LARGEST_TEXT + 1)
    with pytest.raises(InputError, match=f"{name}: 100 MB, which is no label file"):
        read(given(read, root))


def test_what_is_beside_a_dataset_does_no_harm(write):
    root = write(read_disfa)
    os.mkfifo(root / "notes")
    (root / "nowhere").symlink_to("gone")
    assert len(read_disfa(root)) == 1


@pytest.mark.parametrize("read, name", [*FILES, (read_disfa, "ActionUnit_Labels"), (read_bp4d, "BP4D-training/F001")])
def test_a_lack_of_permission_is_called_so(write, read, name):
    root = Path(tempfile.mkdtemp())  # pytest's own folders are closed to others
    try:
        write(read, root)
        root.chmod(0o755)
        (root / name).chmod(0)
        assert f"{name}: no permission to read" in error_as_nobody(lambda: read(given(read, root)))
        (root / name).chmod(0o755)
        assert error_as_nobody(lambda: read(given(read, root))) == ""
    finally:
        shutil.rmtree(root)


def error_as_nobody(action):
    """The InputError that `action` raises where this process is not root, "" if none."""
    end, write_end = os.pipe()
    child = os.fork()
    if not child:
        try:
            if not os.getuid():
                os.setuid(NOBODY)
            action()
            text = ""
        except BaseException as error:
            text = str(error) if isinstance(error, InputError) else repr(error)
        os.write(write_end, text.encode())
        os._exit(0)
    os.close(write_end)
    with open(end, encoding="utf-8") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return text
