"""The choice of QDA's ridge: average 2AFC, accuracy and F1 with other ridges on the features of a finished run.

  python -m experiments.ridge runs/demo

The ridge is a constant of tools/statistics/qda.py, never fitted to a run; this table shows what it costs or gains. AUs
are called present by likelihood, whatever threshold the run has.
"""

import argparse

import numpy as np

from data_prep.system.errors import one_clear_error
from tools.folds.classifiers import qda_of
from tools.folds.run import finished_folds
from tools.folds.scores import load_features, load_scores
from tools.folds.task import load_task
from tools.report.tables import markdown_table, number
from tools.statistics.classify import classify
from tools.statistics.metrics import score_all
from tools.statistics.qda import RIDGE
from tools.statistics.scored import scored

RIDGES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0)


def table(folders):
    """Markdown: one row per ridge, QDA fitted again on each fold's features, scores pooled; last the raw logits.

    Folds whose QDA saw another blob (--feature) have no logits among their scores.
    """
    training = [load_features(folder) for folder in folders]
    tested = [load_scores(folder) for folder in folders]
    tasks = [load_task(folder) for folder in folders]
    label = np.concatenate([fold.label for fold in tested])
    aus = range(label.shape[1])
    rows = [["ridge", "2AFC", "accuracy %", "F1"]]

    def add(name, score):
        average = score_all(scored(label, score), aus)["average"]
        rows.append([name, number(average["two_afc"], 4), number(average["accuracy"], 2), number(average["f1"], 3)])

    for ridge in sorted({*RIDGES, RIDGE}):
        score = np.concatenate(
            [
                classify(qda_of(task, ridge), *train, test.feature)[0]
                for train, test, task in zip(training, tested, tasks)
            ]
        )
        add(f"{ridge:g} (used)" if ridge == RIDGE else f"{ridge:g}", score)
    if all("logit" in fold.score for fold in tested):
        raw = np.concatenate([fold.score["logit"] for fold in tested])
        rows.append(["raw logits", number(score_all(scored(label, raw), aus)["average"]["two_afc"], 4), "", ""])
    return markdown_table(rows)


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="folder of a finished run")
    arguments = parser.parse_args(argv)
    folders = finished_folds(arguments.run)
    print(f"{len(folders)} folds of {arguments.run}\n\n{table(folders)}")


if __name__ == "__main__":
    main()
