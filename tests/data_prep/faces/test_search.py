"""Searching pictures for faces, and cropping them."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from data_prep.faces import search
from data_prep.faces.geometry import overlap
from data_prep.faces.haar import SURE
from data_prep.system.errors import InputError
from tests.data_prep.faces.cascade import Cascade


def found(cascade, **options):
    gray = np.zeros((240, 320), np.uint8)
    return [box.tolist() for box, _ in search.full_search(cascade, gray, **{"min_face": 0.1, "sure": SURE} | options)]


FALSE_ALARM, FACE, SMALL = ((0, 0, 120, 120), 7), ((150, 10, 100, 100), 8), ((10, 150, 40, 40), 8)


def test_as_many_windows_as_are_asked_for_make_a_face_and_one_less_does_not():
    assert SURE == 8
    assert found(Cascade(FALSE_ALARM, FACE, SMALL)) == [list(FACE[0]), list(SMALL[0])]


def test_where_no_face_is_sure_there_is_none():
    assert found(Cascade(((0, 0, 90, 90), 5), FALSE_ALARM)) == found(Cascade()) == []


def test_where_nothing_is_asked_for_the_largest_comes_first_however_unsure():
    assert found(Cascade(FACE, FALSE_ALARM), sure=0) == [list(FALSE_ALARM[0]), list(FACE[0])]


@pytest.mark.parametrize("share, number", [(0.1, 2), (0.3, 1), (0.45, 0)])
def test_faces_below_the_smallest_size_are_not_found(share, number):
    assert len(found(Cascade(FACE, SMALL), min_face=share)) == number


def test_a_larger_picture_is_searched_where_that_is_asked_for():
    seen, gray = [], np.zeros((960, 1280), np.uint8)

    class Watching(Cascade):
        def detectMultiScale2(self, gray, *arguments, **limits):
            seen.append(gray.shape)
            return super().detectMultiScale2(gray, *arguments, **limits)

    sizes = [({}, (240, 320)), ({"short_side": 480}, (480, 640)), ({"min_face": 0.05}, (480, 640))]
    for options, shape in sizes:
        seen.clear()
        ((box, _),) = search.full_search(Watching(FACE), gray, **{"min_face": 0.1, "sure": SURE} | options)
        assert set(seen) == {shape} and (box == np.array(FACE[0]) * 960 / shape[0]).all()


def test_a_box_outside_of_a_smaller_picture_is_no_error():
    cascade, gray = search.load_cascade(), np.zeros((60, 80), np.uint8)
    for near in ((400, 300, 90, 90), (79, 59, 400, 400), (78, 10, 200, 200)):
        assert search.local_search(cascade, gray, np.array(near, float)) is None


def test_boxes_files_that_were_written_by_this_detector_stay_valid():
    assert (
        "haarcascade_frontalface_default.xml 1.1 3 full 240 0.25 every 25 local 56.6 0.12 0.88 1.15 "
        f"opencv {cv2.__version__}"
    ) == search.PARAMETERS


def test_a_crop_is_square_and_shows_the_box():
    gray = np.zeros((100, 120), np.uint8)
    gray[20:60, 30:70] = 200
    assert (search.crop_face(gray, (30, 20, 40, 40), 44) == 200).all()


@pytest.mark.parametrize("box", [(-10, -20, 60, 60), (90, 70, 60, 60), (-5, 60, 60, 60), (-30, -30, 300, 300)], ids=str)
def test_a_face_at_the_edge_keeps_its_proportions(box):
    gray = np.random.default_rng(0).integers(0, 255, (100, 120)).astype(np.uint8)
    around = cv2.copyMakeBorder(gray, 200, 200, 200, 200, cv2.BORDER_REPLICATE)
    inner = search.crop_face(around, (box[0] + 200, box[1] + 200, *box[2:]), 44)
    assert (search.crop_face(gray, box, 44) == inner).all()


def test_an_opencv_without_the_cascade_says_which_package_has_it():
    with pytest.raises(InputError, match="no_such_cascade.xml not found; install"):
        search.load_cascade("no_such_cascade.xml")


def test_small_faces_in_a_large_picture_are_found_where_they_are_asked_for():
    photograph = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(photograph, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    picture = np.full((1080, 1920), 128, np.uint8)
    picture[300:684, 700:1084] = small  # her face is 73 pixels wide, 7% of the short side
    cascade = search.load_cascade()
    assert not search.full_search(cascade, picture, min_face=0.1, sure=SURE)
    ((box, _),) = search.full_search(cascade, picture, min_face=0.05, sure=SURE)
    assert overlap(box, np.array([832, 350, 73, 73])) > 0.6
