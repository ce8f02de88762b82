"""What makes prepared subjects out of date: the code that finds and crops faces, too."""

import numpy as np
import pytest

from data_prep.faces.detectors import HAAR
from data_prep.faces.stage import PAPER
from data_prep.preparation import sources
from data_prep.readers.recording import Recording
from data_prep.system.code import ROOT, followed


@pytest.fixture
def group(tmp_path):
    (tmp_path / "a.avi").write_bytes(b"a video")
    return [Recording("S1", "", tmp_path / "a.avi", None, np.array([1]), np.array([[1]], np.int8), (12,))]


@pytest.mark.parametrize("entries, search", [(sources.SEARCH_CODE, True), (sources.CROP_CODE, False)])
def test_edited_code_is_noticed(group, monkeypatch, entries, search):
    boxes, subject = sources.pictures_digest(group, HAAR), sources.describe(group, 44, "drop", PAPER)

    def code_digest(asked, real=sources.code_digest):
        return real(asked) + (" edited" if asked == entries else "")

    monkeypatch.setattr(sources, "code_digest", code_digest)
    assert sources.describe(group, 44, "drop", PAPER) != subject
    assert (sources.pictures_digest(group, HAAR) != boxes) == search  # else the boxes are used again


@pytest.mark.parametrize("field, value", [("label", 0), ("intensity", 4)])
def test_another_label_or_intensity_makes_a_subject_out_of_date_and_no_box(group, field, value):
    other = [group[0]._replace(**{field: np.array([[value]], np.int8)})]
    assert sources.describe(other, 44, "drop", PAPER) != sources.describe(group, 44, "drop", PAPER)
    assert sources.pictures_digest(other, HAAR) == sources.pictures_digest(group, HAAR)


def test_all_that_makes_a_box_is_code_it_depends_on():
    names = {path.relative_to(ROOT).as_posix() for path in followed(sources.SEARCH_CODE)}
    assert names >= {f"data_prep/faces/{name}.py" for name in ("search", "tracker", "cuts", "steady")}
