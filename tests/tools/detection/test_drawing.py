"""Overlays of pictures of all sizes: everything legible, and nothing on a face but the outline of its box."""

import cv2
import numpy as np
import pytest

from tests.bundles import photograph, video
from tools.detection.drawing import Painter
from tools.detection.inputs import find_inputs, read_frames
from tools.detection.layout import arrange
from tools.detection.overlay import save_overlay
from tools.detection.tables import Face, Frame

AUS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
SCORE = np.where(np.arange(len(AUS)) % 2, 2.0, -2.0)
GREEN = (60, 170, 60)  # BGR of a bar that is present
SYNTHETIC = "synthetic-0123456789ab"


def faces(*boxes):
    return Frame(0.0, [Face(number, np.array(box, np.int64), SCORE) for number, box in enumerate(boxes)])


def plain(height, width):
    return np.full((height, width, 3), (90, 120, 200), np.uint8)


def painted(image, frame, model="m"):
    """(the picture with its faces, its Layout). Fails where something but the outline of a box is on a face."""
    painter = Painter(AUS, model)
    drawn = painter.draw(image, frame)
    factor, edge = painter.size[0] // image.shape[1], max(2, min(painter.size) // 150)
    for face in frame.faces:
        left, top, width, height = (int(value) * factor for value in face.box)
        inside = drawn[top + edge : top + height - edge, left + edge : left + width - edge]
        assert inside.size and (inside == image[0, 0]).all()
    return drawn, painter.layout(image.shape, frame)


def count(drawn, color):
    return int((drawn == color).all(2).sum())


@pytest.mark.parametrize("side", [128, 240, 500, 1999, 6000])
@pytest.mark.parametrize("shape", ["square", "wide", "tall"])
def test_bars_stand_off_the_face_and_grow_with_the_picture(side, shape):
    height, width = {"square": (side, side), "wide": (side // 8 + 100, side), "tall": (side, side // 8 + 100)}[shape]
    image, size = plain(height, width), round(0.4 * min(height, width))
    for x, y in ((0, 0), ((width - size) // 2, (height - size) // 2), (width - size, height - size)):
        drawn, layout = painted(image, faces((x, y, size, size)), SYNTHETIC)
        (left, top, right, bottom), row, _ = layout.panels[0]
        assert row >= max(min(height, width) / 61, 10) and count(drawn[top:bottom, left:right], GREEN) > 6 * 2 * row


@pytest.mark.parametrize("side", [128, 500, 3000])
def test_where_a_face_leaves_no_room_the_bars_stand_beside_the_picture_and_the_model_below(side):
    image, frame = plain(side, side), faces((0, 0, side, side))
    drawn, _ = painted(image, frame, SYNTHETIC)
    size = max(side, 384) if side < 240 else side
    assert drawn.shape[0] > size and drawn.shape[1] > size
    assert count(drawn[:size, size:], GREEN) and (drawn[size:, : size // 2] > 200).all(2).any()


def test_pictures_that_leave_room_keep_their_size_and_small_ones_are_enlarged():
    for shape, expected in (
        ((480, 640), (480, 640)),
        ((240, 320), (240, 320)),
        ((128, 128), (384, 384)),
        ((1, 1), (360, 360)),
    ):
        assert Painter(AUS, "m").draw(plain(*shape), faces()).shape[:2] == expected
    assert Painter(AUS, "m").draw(plain(128, 6000), faces()).shape[:2] == (128, 6000)


def test_panels_cover_neither_each_other_nor_another_face():
    image = plain(1200, 1600)
    for columns, rows, size in ((2, 1, 300), (4, 3, 200), (8, 5, 90)):
        boxes = [
            (40 + x * 1560 // columns, 60 + y * 1140 // rows, size, size) for x in range(columns) for y in range(rows)
        ]
        drawn, layout = painted(image, faces(*boxes))
        placed = [panel.box for panel in layout.panels.values()] + [box for box in layout.labels.values() if box]
        placed += [layout.note, *((x, y, x + width, y + height) for x, y, width, height in boxes)]
        cover = np.zeros((drawn.shape[0], drawn.shape[1]), int)
        for left, top, right, bottom in placed:
            assert 0 <= left < right <= drawn.shape[1] and 0 <= top < bottom <= drawn.shape[0]
            cover[top:bottom, left:right] += 1
        assert cover.max() == 1 and len(layout.panels) == len(boxes)


def arranged(size, *boxes, places=None):
    boxes = dict(enumerate(boxes))
    label = dict.fromkeys(boxes, 60)
    return arrange(size, boxes, bars=12, label=label, note=(100, 16), places=places or {})


def test_bars_stand_to_the_right_else_to_the_left_else_below_else_above():
    for box, where in (
        ((200, 100, 350, 250), lambda panel: panel[0] >= 350 and panel[1] == 100),
        ((450, 100, 600, 250), lambda panel: panel[2] <= 450),
    ):
        assert where(arranged((640, 480), box).panels[0].box)
    assert arranged((200, 800), (40, 100, 180, 240)).panels[0].box[1] >= 240
    assert arranged((200, 800), (40, 600, 180, 740)).panels[0].box[3] <= 600


def test_bars_keep_their_side_while_they_can():
    """A face that goes to the right and back: its bars change to the left, and stay there."""
    places, sides = {}, []
    for x in (300, 480, 300):
        layout = arranged((640, 480), (x, 100, x + 120, 220), places=places)
        places = layout.places
        sides.append(layout.panels[0].box[0] > x)
    assert sides == [True, False, False]


def test_landmarks_are_dots_on_request():
    image = plain(480, 640)

    class Marked(Face):
        points = np.array([[250.0, 200.0], [280.0, 210.0]], np.float32)

    frame = Frame(0.0, [Marked(0, np.array([200, 150, 120, 120]), SCORE)])
    painted(image, frame)
    dotted = Painter(AUS, "m", points=True).draw(image, frame)
    assert (dotted[200, 250] != image[200, 250]).any() and (dotted[210, 280] != image[210, 280]).any()


def test_a_model_of_drawn_faces_says_so_in_every_size():
    """The note of a model of drawn faces is longer, and within the picture."""
    for shape in ((128, 128), (128, 6000), (6000, 128), (1080, 1920)):
        ink = [
            (Painter(AUS, model).draw(plain(*shape), faces()) > 200).all(2).sum()
            for model in ("0123456789ab", SYNTHETIC)
        ]
        assert ink[1] > 2 * ink[0] > 0


@pytest.mark.parametrize("shape", [(128, 128), (241, 321), (480, 640), (300, 8400)])
def test_an_overlay_of_a_video_has_every_frame_in_one_size(shape, tmp_path):
    """Odd sides, small ones and too large ones; a face that fills the picture in one frame alone."""
    height, width = shape
    pictures = [plain(height, width)] * 4
    (item,) = find_inputs([video(tmp_path / "a.avi", [cv2.resize(photograph(), (64, 64))] * 4)])
    frames = [Frame(k / 25, faces((5, 5, 40, 40) if k != 2 else (0, 0, width, height)).faces) for k in range(4)]

    def seen(_):
        yield from ((k / 25, picture) for k, picture in enumerate(pictures))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tools.detection.overlay.read_frames", seen)
        save_overlay(tmp_path / "o.mp4", item, frames, Painter(AUS, "m"))
    (item,) = find_inputs([tmp_path / "o.mp4"])
    written = [picture for _, picture in read_frames(item)]
    assert len(written) == 4 and len({picture.shape for picture in written}) == 1
    assert all(side % 2 == 0 for side in written[0].shape[:2]) and written[0].shape[0] >= min(height, 300)
    if width < 8000:  # the face that fills the picture is not covered, and the picture is not scaled
        factor = 3 if height < 240 else 1
        assert (
            np.abs(
                written[2][20 : height * factor - 20, 20 : width * factor - 20].astype(int) - pictures[0][0, 0]
            ).max()
            < 40
        )


def test_pictures_of_a_sequence_are_fitted_in_the_size_of_the_first_with_their_faces():
    painter = Painter(AUS, "m")
    painter.draw(plain(480, 640), faces())
    image = plain(960, 640)  # half as large in the overlay
    image[100:300, 100:300] = (0, 0, 255)
    drawn = painter.draw(image, faces((100, 100, 200, 200)))
    assert drawn.shape == (480, 640, 3) and (drawn[55:145, 55:145] == (0, 0, 255)).all()
    assert (drawn[50, 60:140] == GREEN).all() and (drawn[:, 330:600] != image[0, 0]).all(2).mean() > 0.9


def test_faces_that_reach_out_of_the_picture_are_drawn():
    for box in ((-50, -40, 200, 200), (560, 400, 200, 200)):
        drawn = Painter(AUS, "m").draw(plain(480, 640), faces(box))
        assert drawn.shape == (480, 640, 3) and count(drawn, GREEN) > 500


def test_a_face_that_comes_has_its_bars_in_the_picture_where_another_arrangement_makes_room():
    first, second = (20, 100, 220, 400), (420, 100, 620, 400)
    before = arranged((640, 480), first)
    assert arranged((640, 480), first, second, places=before.places).size == before.size == (640, 480)
