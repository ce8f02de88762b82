"""Fig. 4: how AUs go together in DISFA, as coded and as predicted: phi coefficients of 12 AUs and neutral.

  python -m experiments.fig4 --out runs/fig4 --disfa /path/to/DISFA

The net of 75% of DISFA's subjects, on the other 25% (paper: Sec. VII). Neutral has a QDA of its own, as the net has a
label for it. One number tells how alike the two maps are: the correlation of their entries.
"""

from pathlib import Path

import numpy as np

from data_prep.datasets.table import DISFA
from data_prep.subjects.aus import NEUTRAL, UNKNOWN, coded, with_neutral
from data_prep.subjects.splits import VALIDATION
from data_prep.system.errors import one_clear_error
from experiments.experiment import Extras, run_experiment
from experiments.nets import DEV, disfa_split
from experiments.options import parser
from experiments.results import result
from tools.folds.classifiers import qda_of
from tools.folds.folder import TRAINING
from tools.folds.run import pool_scores
from tools.folds.scores import load_features, load_scores
from tools.report.plot_phi import plot_phi
from tools.statistics.calibration import calibrate
from tools.statistics.classify import classify
from tools.statistics.phi import likeness, phi_matrix
from tools.statistics.scored import is_present


def plan(settings, data):
    return [disfa_split(settings, data)], 1


def results(settings, data, tasks):
    entry = result(
        title="DISFA, held-out subjects",
        tested_on=data[DISFA].name,
        pooled=pool_scores(tasks, DEV),
        aus=tasks[0].aus,
    )
    return {DEV: entry}


def extras(settings, out, metrics, tasks):
    """Plot the figure; returns the Extras: it, and its numbers as "phi"."""
    (task,) = tasks
    truth, prediction = labels(task)
    names = [*(f"AU {au}" for au in task.aus), NEUTRAL]
    matrices = {"truth": phi_matrix(truth), "predicted": phi_matrix(prediction)}
    alike = likeness(*matrices.values())
    path = Path(out) / "fig4"
    plot_phi(
        path,
        truth=matrices["truth"],
        prediction=matrices["predicted"],
        names=names,
        likeness=alike,
        title=f"{metrics['title']}, {metrics['data'][DISFA]}",
    )
    caption = (
        f"Phi coefficient of every two labels over {len(truth)} frames of {len(task.fold.tests[DEV])} held-out "
        f"subjects, as coded and as predicted, by the net of {len(task.fold.fitted)} others (seed {settings.seed}). "
        "Gray: undefined, as one of the two never changes. Likeness: the correlation of the entries of the two maps"
    )
    phi = {"labels": names, "likeness": alike, **{kind: matrix.tolist() for kind, matrix in matrices.items()}}
    return Extras(pictures=[(path, caption)], facts={"phi": phi})


def labels(task):
    """(truth, prediction) int8 [n, C + 1] of the held-out frames, neutral last; -1 where unknown or unpredictable."""
    pooled, (train_feature, train_label) = pool_scores([task], DEV), load_features(task.folder)
    modeled = coded(train_label)
    neutral, _ = classify(qda_of(task), train_feature, with_neutral(train_label, modeled)[:, -1:], pooled.feature)
    score = np.hstack([pooled.score["qda"] - pooled.threshold["qda"], neutral - neutral_threshold(task)])
    return with_neutral(pooled.label, modeled), np.where(np.isnan(score), UNKNOWN, is_present(score)).astype(np.int8)


def neutral_threshold(task):
    """The score above which neutral is present, chosen as those of the AUs are."""
    if task.threshold == "likelihood":
        return 0
    (feature, label), validation = load_features(task.folder, TRAINING), load_scores(task.folder, VALIDATION)
    label, truth = (with_neutral(labels, coded(label))[:, -1:] for labels in (label, validation.label))
    score, _ = classify(qda_of(task), feature, label, validation.feature)
    return calibrate(score, truth, task.threshold)[0].threshold[0]


@one_clear_error
def main(argv=None):
    settings = parser(__doc__, [DISFA]).parse_args(argv)
    run_experiment(
        settings,
        name="fig4",
        title="Fig. 4: how AUs go together",
        keys=[DISFA],
        plan=plan,
        results=results,
        extras=extras,
    )


if __name__ == "__main__":
    main()
