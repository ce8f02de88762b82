"""What stands in a run folder."""

import csv
from pathlib import Path

NET, SOLVER, WEIGHTS, LOG = "train_val.prototxt", "solver.prototxt", "trained.caffemodel", "log.csv"


def load_log(folder):
    """log.csv as lists: [(iteration, train_loss)], [(iteration, val_loss)]."""
    training, validation = [], []
    with open(Path(folder) / LOG, newline="") as file:
        for row in csv.DictReader(file):
            training.append((int(row["iteration"]), float(row["train_loss"])))
            if row["val_loss"]:
                validation.append((int(row["iteration"]), float(row["val_loss"])))
    return training, validation


def load_timing(folder):
    """log.csv as [(iteration, seconds since the training began)]."""
    with open(Path(folder) / LOG, newline="") as file:
        return [(int(row["iteration"]), float(row["seconds"])) for row in csv.DictReader(file)]
