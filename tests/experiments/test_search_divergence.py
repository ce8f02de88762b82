"""What becomes of a trial whose training fails."""

import math

import pytest

from experiments import search
from tools.engines.process import EngineError, TrainingDiverged


def failing(error):
    def validate(task):
        raise error

    return validate


def test_a_trial_that_diverges_has_no_finite_loss_and_says_why(monkeypatch):
    monkeypatch.setattr(search, "validate", failing(TrainingDiverged("the training loss is nan at iteration 3")))
    assert search.train_trial(None) == (math.inf, None, None, "the training loss is nan at iteration 3")


def test_another_failure_of_the_engine_ends_the_search(monkeypatch):
    monkeypatch.setattr(search, "validate", failing(EngineError("Caffe stopped: the loss is of the wrong type")))
    with pytest.raises(EngineError, match="Caffe stopped"):
        search.train_trial(None)
