"""When a run is not the paper's full one, and what a reader must know before any number."""

import pytest

from experiments.facts import data_facts, faces_found, shortened, warnings_of

FEWER = "at most 4999 iterations instead of the paper's 5000 to 10000"


@pytest.mark.parametrize(
    "max_iter, folds, full, reasons",
    [
        (5000, 27, 27, []),
        (10000, 27, 27, []),
        (4999, 27, 27, [FEWER]),
        (5000, 26, 27, ["26 of 27 folds"]),
        (4999, 1, 27, [FEWER, "1 of 27 folds"]),
    ],
)
def test_a_run_is_shortened_by_fewer_iterations_than_the_paper_s_or_fewer_folds(max_iter, folds, full, reasons):
    assert shortened(max_iter, folds, full) == reasons


def test_a_search_is_full_with_all_that_the_paper_s_range_allows():
    assert shortened(10000, least=10000) == [] and len(shortened(9999, least=10000)) == 1


def test_synthetic_data_and_a_shortened_run_are_told_in_this_order():
    metrics = {"synthetic": True, "data": {"disfa": "made-up faces"}, "shortened": ["1 of 2 folds"]}
    first, second = warnings_of(metrics)
    assert first.startswith("Computed on made-up faces: ") and second == "A shortened run: 1 of 2 folds."
    assert list(warnings_of({"synthetic": False, "data": {}, "shortened": []})) == []


def test_frames_without_a_face_are_told():
    metrics = {
        "data": {"a": "A", "b": "B"},
        "detection": {
            "a": {"faces": 3, "frames": 4, "coded": 2, "coded_missed": 1},
            "b": {"faces": 0, "frames": 0, "coded": 0, "coded_missed": 0},
        },
    }
    assert faces_found(metrics).endswith(
        "a face was found: 75.00% of 4 frames of A (1 of 2 coded frames are lost); "
        "0.00% of 0 frames of B (0 of 0 coded frames are lost)."
    )


def test_what_was_found_in_the_data_is_told_dataset_by_dataset():
    metrics = {"data": {"a": "A", "b": "B"}, "facts": {"a": {"mean face": "over all"}, "b": {}}}
    assert data_facts(metrics) == [["A", "mean face", "over all"]]
