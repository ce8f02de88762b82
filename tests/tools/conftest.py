"""What the tests of detection share: a model, and a picture of a face."""

import cv2
import pytest

from tests.bundles import photograph, random_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The path of a bundle with random weights."""
    return random_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def face():
    """uint8 [240, 320, 3] BGR: a face in the middle."""
    return cv2.resize(photograph()[20:260, 60:380], (320, 240))
