"""When training stops."""

import pytest

from tools.engines.early_stopping import best_iteration, should_stop
from tools.engines.training import patience


def test_training_goes_on_while_the_loss_falls():
    assert not should_stop([(100, 3.0), (200, 2.0), (300, 1.0)], patience=100)


def test_training_stops_patience_iterations_after_the_best():
    log = [(100, 3.0), (200, 1.0), (300, 2.0)]
    assert should_stop(log, patience=100) and not should_stop(log, patience=101)


def test_a_later_best_starts_the_patience_again():
    assert not should_stop([(100, 1.0), (200, 2.0), (300, 0.5), (350, 0.6)], patience=100)


def test_the_first_of_equal_losses_is_the_best():
    assert best_iteration([(100, 1.0), (200, 1.0)]) == 100


def test_without_validation_nothing_stops():
    assert not should_stop([], patience=1)


@pytest.mark.parametrize("max_iter, waits", [(5000, 1000), (7500, 1000), (10000, 1000), (600, 120), (10, 2), (1, 1)])
def test_patience_is_the_papers_1000_and_shorter_in_proportion_in_shorter_runs(max_iter, waits):
    assert patience(max_iter) == waits
