"""When training stops (paper: Sec. V). Standard library and Python 3.6 syntax: every engine imports it."""


def best_iteration(validation):
    """Iteration with the lowest loss in `validation`, a list of (iteration, loss); the first one on a tie."""
    return min(validation, key=lambda entry: (entry[1], entry[0]))[0]


def should_stop(validation, patience):
    """Whether the last entry of `validation` lies `patience` iterations or more after the best one.

    paper: the model taken is the one 1000 iterations after the validation error starts to rise.
    ours: it starts to rise after the lowest loss so far; in short runs 1000 is less (tools/engines/training.py).
    """
    return bool(validation) and validation[-1][0] - best_iteration(validation) >= patience
