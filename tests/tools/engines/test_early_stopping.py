"""When training stops."""

from tools.engines.early_stopping import best_iteration, should_stop


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
