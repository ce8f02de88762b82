"""What the reports say of the neutral label, and of training frames without a gradient."""

import numpy as np
import pytest

from data_prep.subjects.splits import Fold
from data_prep.subjects.subject_file import Subject, save_subject
from experiments.neutral import neutral_facts, neutral_notes, warn_of_silent_frames
from tests.folds import fold_task


@pytest.fixture
def task(tmp_path):
    """Make a FoldTask of AU 1 and AU 4 on subjects with the labels given; the last subject is tested."""

    def make(*labels):
        names = [f"S{number}" for number in range(len(labels))]
        for name, label in zip(names, labels):
            n, none = len(label), np.zeros(0, np.int64)
            images = np.zeros((n, 4, 4), np.uint8)
            of_frames = np.arange(n), np.full(n, ""), np.zeros((n, 4), np.int64)
            label = np.array(label, np.int8)
            save_subject(
                tmp_path, Subject(name, images, label, np.array([4, 1]), *of_frames, none, none.astype(str), "")
            )
        files = {name: (str(tmp_path / f"{name}.npz"), "") for name in names}
        fold = Fold(tuple(names[:-2]), (names[-2],), {"test": (names[-1],)})
        return fold_task(tmp_path, "empirical")._replace(aus=(1, 4), fold=fold, subjects=files)

    return make


def test_where_every_frame_is_coded_there_is_nothing_to_say(task, recwarn):
    fold = task([[0, 0], [1, 0]], [[0, 1]], [[-1, -1]])
    assert neutral_facts([fold]) == {"uncoded": {}, "silent": 0} and neutral_notes(neutral_facts([fold])) == []
    warn_of_silent_frames([fold])
    assert not recwarn


def test_an_au_that_no_training_frame_has_is_named_with_its_nets_and_takes_no_gradient_away(task):
    fold = task([[-1, 0], [-1, 1]], [[-1, 0]], [[1, 1]])
    facts = neutral_facts([fold, fold._replace(name="S9")])
    assert facts == {"uncoded": {"4": ["S1", "S9"]}, "silent": 0}
    with pytest.warns(UserWarning, match="AU 4 is not coded in any training frame of S1: .* over the other AUs"):
        warn_of_silent_frames([fold])


def test_frames_that_are_coded_in_part_and_show_nothing_have_no_gradient(task):
    fold = task(
        [[0, 0], [-1, 0], [-1, 1], [-1, -1]], [[1, 0]], [[0, 0]]
    )  # of four labelled frames the second is silent
    assert neutral_facts([fold])["silent"] == 0.25
    with pytest.warns(UserWarning, match=r"25\.0% of the training frames have no gradient"):
        warn_of_silent_frames([fold])


def test_few_silent_frames_are_a_note_without_a_warning(task, recwarn):
    fold = task([[0, 0]] * 98 + [[-1, 0]], [[1, 0]], [[0, 0]])
    warn_of_silent_frames([fold])
    assert not recwarn and neutral_notes(neutral_facts([fold]))[0].startswith("1.0% of the training frames")
