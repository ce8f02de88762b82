"""Drawn people in a CSV of one's own."""

import numpy as np

from data_prep.readers.csv_dataset import file_facts, read_csv_dataset
from data_prep.subjects.aus import DISFA_AUS
from data_prep.subjects.provenance import holds_synthetic_tree
from data_prep.synthetic.people import GRADED, PEOPLE, write_people


def test_the_csv_is_read_with_presence_intensities_and_what_is_not_coded(tmp_path):
    write_people(tmp_path / "people", 3, 6, 0, 1)
    recordings = read_csv_dataset(tmp_path / "people" / PEOPLE)
    assert [recording.subject for recording in recordings] == ["P01", "P02", "P03"]
    assert all(recording.au == DISFA_AUS and recording.frame.tolist() == list(range(1, 7)) for recording in recordings)
    label = np.stack([recording.label for recording in recordings])
    intensity = np.stack([recording.intensity for recording in recordings])
    graded = np.isin(DISFA_AUS, GRADED)
    assert (intensity[..., graded] >= 0).all() and (intensity[..., ~graded] == -1).all()
    assert np.array_equal(label[..., graded], intensity[..., graded] >= 1)
    uncoded = label == -1
    assert uncoded[2, :, DISFA_AUS.index(9)].all() and uncoded.sum() == 6
    assert "of AU 12, 25" in file_facts(tmp_path / "people" / PEOPLE, recordings, 1)["intensities"]
    assert holds_synthetic_tree(tmp_path / "people")


def test_a_second_run_draws_nothing_and_more_people_are_added(tmp_path):
    write_people(tmp_path, 1, 3, 0, 1)
    video = tmp_path / "videos/P01.avi"
    before = video.stat().st_mtime_ns
    write_people(tmp_path, 2, 3, 0, 1)
    assert video.stat().st_mtime_ns == before
    assert len((tmp_path / PEOPLE).read_text().splitlines()) == 1 + 2 * 3
