"""Reading images: what must not be opened or decoded, and the sizes in headers."""

import contextlib
import os
import resource
import socket
import struct
import zlib

import cv2
import numpy as np
import pytest

from data_prep.pictures.images import load_image, read_image, write_image
from data_prep.pictures.picture_size import picture_size
from data_prep.pictures.video import frame_count, video_frames
from data_prep.system.errors import InputError
from tests.bundles import video

NOBODY = 65534


@pytest.fixture
def picture():
    return np.arange(30 * 47 * 3, dtype=np.uint8).reshape(30, 47, 3)


def empty_png(path, width, height):
    """Write a PNG of that size with hardly any pixels in it; decoding it makes room for all of them."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(3 * width + 1))) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


@contextlib.contextmanager
def as_another_user(path):
    """Forbid reading `path`, also to root."""
    os.chmod(path, 0)
    if os.geteuid():
        yield
        return
    for folder in path.parents:
        with contextlib.suppress(OSError):
            folder.chmod(folder.stat().st_mode | 0o011)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp", "tif", "webp", "pgm", "ppm"])
def test_the_size_in_a_header_is_that_of_the_picture(tmp_path, picture, ending):
    path = tmp_path / f"a.{ending}"
    write_image(path, picture[:, :, 0] if ending == "pgm" else picture)
    assert picture_size(path) == (47, 30) and read_image(path).shape == (30, 47, 3)
    complete = path.read_bytes()
    for length in range(0, 30, 3):
        path.write_bytes(complete[:length])
        picture_size(path)  # any answer, no exception
        assert read_image(path) is None or ending in ("pgm", "ppm")


def test_lossless_and_progressive_pictures_have_sizes_too(tmp_path, picture):
    cv2.imwrite(str(tmp_path / "a.webp"), picture, [cv2.IMWRITE_WEBP_QUALITY, 101])
    cv2.imwrite(str(tmp_path / "a.jpg"), picture, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    (tmp_path / "b.pgm").write_bytes(b"P5 # 9 9\n#7 7\n47\n30 255\n" + bytes(47 * 30))
    assert {picture_size(path) for path in tmp_path.iterdir()} == {(47, 30)}


def test_a_picture_that_is_too_large_is_not_decoded(tmp_path):
    empty_png(tmp_path / "bomb.png", 20_000, 20_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=r"bomb.png: 20000 x 20000 pixels, more than the limit of 100,000,000; make"):
        load_image(tmp_path / "bomb.png")
    assert read_image(tmp_path / "bomb.png") is None
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def test_the_limit_of_pixels_is_the_callers(tmp_path, picture):
    write_image(tmp_path / "a.png", picture)
    path = video(tmp_path / "a.avi", [picture[:, :46]] * 2)
    assert load_image(tmp_path / "a.png", 47 * 30) is not None and len(list(video_frames(path, 46 * 30))) == 2
    for read in (lambda: load_image(tmp_path / "a.png", 47 * 30 - 1), lambda: next(video_frames(path, 46 * 30 - 1))):
        with pytest.raises(InputError, match="a.(png|avi): 4[67] x 30 pixels, more than the limit of 1,[34]"):
            read()


@pytest.mark.parametrize("read", [read_image, lambda path: next(video_frames(path))])
def test_what_is_no_regular_file_is_refused(tmp_path, read):
    os.mkfifo(tmp_path / "pipe.avi")
    (tmp_path / "folder.avi").mkdir()
    (tmp_path / "device.avi").symlink_to("/dev/zero")
    for name in ("pipe", "folder", "device"):
        with pytest.raises(InputError, match=f"{name}.avi: not a regular file"):
            read(tmp_path / f"{name}.avi")
    assert frame_count(tmp_path / "pipe.avi") == 0


@pytest.mark.parametrize("read", [read_image, lambda path: next(video_frames(path))])
def test_names_and_rights_have_their_own_remedy(tmp_path, picture, read):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/t\xe9lk.avi")
    os.close(os.open(odd, os.O_CREAT))
    with pytest.raises(InputError, match=r"t\\udce9lk.avi: its name is not UTF-8, which OpenCV needs; rename it"):
        read(odd)
    with pytest.raises(InputError, match="gone.avi: No such file or directory; was it moved or deleted"):
        read(tmp_path / "gone.avi")
    path = video(tmp_path / "a.avi", [picture[:, :46]])
    with as_another_user(path), pytest.raises(InputError, match="a.avi: Permission denied; allow this user to read it"):
        read(path)


def test_a_path_that_looks_like_an_address_is_a_path(tmp_path, picture, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        address = f"http:/127.0.0.1:{server.getsockname()[1]}"
        (tmp_path / address).mkdir(parents=True)
        video(tmp_path / address / "talk.avi", [picture[:, :46]] * 3)
        monkeypatch.chdir(tmp_path)
        path = f"{address}/talk.avi"
        assert len(list(video_frames(path))) == frame_count(path) == 3
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_list_of_addresses_is_no_video(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        (tmp_path / "a.avi").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{address}\n")
        with pytest.raises(InputError, match="cannot open this video"):
            next(video_frames(tmp_path / "a.avi"))
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_picture_that_cannot_be_written_is_an_error_with_its_name(tmp_path, picture):
    with pytest.raises(OSError, match="a.png"):
        write_image(tmp_path / "none/a.png", picture)
