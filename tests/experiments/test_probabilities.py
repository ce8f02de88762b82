"""What a result says of its probabilities."""

import numpy as np
import pytest

from experiments.probabilities import calibration_rows
from experiments.results import result
from tests.experiments.test_results import CLOSE, SCORE, pooled


def test_calibration_is_counted_per_au_on_average_and_over_all_frames():
    frames = pooled(5, SCORE, CLOSE)
    entry = result("t", "d", frames, (1, 12))
    found = entry["calibration"]
    brier = np.square(frames.probability["qda"] - frames.label).mean(axis=0)
    assert [found["per_au"][au]["brier"] for au in ("1", "12")] == pytest.approx(brier, abs=1e-12)
    assert found["average"]["brier"] == pytest.approx(brier.mean(), abs=1e-12)
    assert sum(row[0] for row in found["bins"]) == frames.label.size
    assert calibration_rows(entry)[0] == ["AU", "calibrated", "before", "calibrated", "before"]
    assert [row[0] for row in calibration_rows(entry)[1:]] == ["1", "12", "Average", "All frames"]
    assert "intensity" not in entry and "ICC(3,1)" not in calibration_rows(entry)[0]


def test_intensities_have_their_agreement_where_there_are_any():
    frames = pooled(5, SCORE, CLOSE)
    graded = frames._replace(intensity=np.where(frames.label == 1, 4, 0))
    entry = result("t", "d", graded, (1, 12))
    head, *rows = calibration_rows(entry)
    rows = [dict(zip(head, row)) for row in rows]
    assert [row["graded frames"] for row in rows] == ["20", "20", "", ""] and rows[2]["ICC(3,1)"] == "-"
    assert rows[0]["Pearson"] == f"{entry['intensity']['1']['pearson']:.3f}"
    assert "intensity" not in result("t", "d", frames._replace(intensity=frames.label), (1, 12))  # presence only
