"""Pictures by their content: every kind is read, turned as it says, whole with something behind it, refused in part."""

import cv2
import numpy as np
import pi_heif
import pillow_heif
import pytest
from PIL import Image

from data_prep.pictures.cut_short import cut_short
from data_prep.pictures.formats import PICTURES, VIDEOS, file_format
from data_prep.pictures.images import NotAPicture, load_image, read_image
from data_prep.pictures.picture_size import picture_size
from data_prep.pictures.video import video_frames
from tests.bundles import photograph
from tests.odd_videos import mp4

pillow_heif.register_heif_opener()  # which writes, too
pi_heif.register_heif_opener()  # reads, as the project does
ENDINGS = ("heic", "avif", "gif", "jp2", "webp", "jpg", "png", "tif", "bmp")
TURN = 6  # Exif: the right side is up


@pytest.fixture(scope="module")
def image():
    """uint8 [64, 96, 3] RGB: red above, black below, noise in between."""
    image = np.zeros((64, 96, 3), np.uint8)
    image[:20, :, 0] = 255
    image[24:40] = np.random.default_rng(0).integers(0, 255, (16, 96, 3))
    return image


@pytest.fixture
def save(image, tmp_path):
    """Write the image by Pillow; returns the path."""

    def write(ending, **options):
        Image.fromarray(image).save(tmp_path / f"a.{ending}", **options)
        return tmp_path / f"a.{ending}"

    return write


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", ["picture", "picture.mp4"])
def test_a_picture_is_read_whatever_it_is_called(save, image, ending, name):
    path = save(ending)
    path = path.rename(path.with_name(name))
    assert file_format(path) in PICTURES and not cut_short(path)
    assert picture_size(path) == (96, 64)
    read = load_image(path)
    assert read.shape == (64, 96, 3) and np.abs(read[5:15, :, ::-1].astype(int) - image[5:15]).max() < 30


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_stands_behind_a_picture_does_no_harm(save, tmp_path, ending):
    path = save(ending)
    before = load_image(path)
    video = mp4(tmp_path / "motion.mp4", 5).read_bytes()
    for appended in (video, b"\0" * 100, b"MotionPhoto_Data" + video):
        path.write_bytes(save(ending).read_bytes() + appended)
        assert (load_image(path) == before).all()


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_part_of_a_picture_is_refused(save, ending, share):
    path = save(ending)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(NotAPicture, match="damaged or cut short, copy it again"):
        load_image(path)


def test_a_thumbnails_end_is_not_the_pictures(save, tmp_path):
    thumbnail = save("jpg").read_bytes()
    exif = b"Exif\0\0" + thumbnail
    whole = cv2.imencode(".jpg", photograph())[1].tobytes()
    for extra in (b"", b"MotionPhoto_Data" * 9):
        content = whole[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + whole[2:] + extra
        (tmp_path / "b.jpg").write_bytes(content)
        assert not cut_short(tmp_path / "b.jpg")
    for length in (len(thumbnail) + 12, len(thumbnail) + 100, len(content) // 2, len(whole)):
        (tmp_path / "b.jpg").write_bytes(content[:length])
        assert read_image(tmp_path / "b.jpg") is None, length


def test_several_pictures_in_one_file_are_its_first(image, tmp_path):
    """As cameras write them (MPO): a large one and its preview."""
    first, second = Image.fromarray(image), Image.fromarray(image[::-1].copy())
    first.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[second])
    assert load_image(tmp_path / "a.jpg")[5, 5].tolist()[2] > 200
    content = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(content[: int(0.8 * len(content))])
    assert load_image(tmp_path / "a.jpg").shape == (64, 96, 3)


def test_progressive_pictures_are_followed_from_scan_to_scan(tmp_path):
    path = tmp_path / "a.jpg"
    cv2.imwrite(str(path), photograph(), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_RST_INTERVAL, 4])
    content = path.read_bytes()
    path.write_bytes(content + b"behind it" * 100)
    assert not cut_short(path)
    path.write_bytes(content[: len(content) * 3 // 4])
    assert cut_short(path)


@pytest.mark.parametrize("ending", ["heic", "avif", "webp", "jpg", "png", "tif"])
def test_a_turned_picture_is_upright(save, ending):
    exif = Image.Exif()
    exif[0x112] = TURN
    read = load_image(save(ending, exif=exif.tobytes()))
    assert read.shape == (96, 64, 3)
    assert read[:, 50:, 2].mean() > 200 and read[:, :20].mean() < 40  # red at the right, black at the left


@pytest.mark.parametrize("ending", ["heic", "avif", "gif", "jp2"])
def test_a_picture_of_a_later_kind_that_is_too_large_is_not_decoded(save, monkeypatch, ending):
    path = save(ending)
    monkeypatch.setattr("data_prep.pictures.images.pillow_image", None)
    monkeypatch.setattr("data_prep.pictures.images.opencv_image", None)
    with pytest.raises(NotAPicture, match="96 x 64 pixels, more than the limit of 6,143"):
        load_image(path, 96 * 64 - 1)


def test_a_frame_of_an_animation_cannot_be_larger_than_its_header_allows(tmp_path):
    path = tmp_path / "a.gif"
    frames = [Image.fromarray(np.full((8, 8), shade, np.uint8)) for shade in (0, 90)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    content = bytearray(path.read_bytes())
    second = content.rindex(b",")
    content[second + 5 : second + 9] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    assert len(list(video_frames(path, 1000))) == 1


@pytest.mark.parametrize("ending", ["mp4", "avi", "mkv", "flv", "wmv", "mpg", "ts"])
def test_videos_are_no_pictures(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    codec = {"avi": "MJPG", "flv": "FLV1", "wmv": "WMV2", "mpg": "MPG1", "ts": "MPG2"}.get(ending, "mp4v")
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), 25, (64, 48))
    for _ in range(20):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    assert file_format(path) in VIDEOS and picture_size(path) is None and not cut_short(path)


@pytest.mark.parametrize("content", [b"", b"text", b"BM for short", b"P1 is the first", b"%PDF-1.7", b"PK\3\4" * 200])
def test_other_files_are_neither(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    assert file_format(tmp_path / "a") is None and picture_size(tmp_path / "a") is None
