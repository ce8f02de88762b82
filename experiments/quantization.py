"""What one byte per pixel costs: the folds of a finished run, and again with pixels kept as floats.

python -m experiments.quantization runs/demo

bytes                  the run as it is
floats, same weights   its trained nets, but features of float pixels
floats, trained again  every step on float pixels, same seeds
"""

import argparse
from pathlib import Path

import numpy as np

from data_prep.subjects.splits import HELD_OUT
from data_prep.system.arguments import positive
from data_prep.system.errors import one_clear_error
from tools.folds.classifiers import qda_of
from tools.folds.features import features
from tools.folds.folder import weights_path
from tools.folds.run import finished_folds, pool_scores, run_folds
from tools.folds.task import load_task
from tools.report.tables import markdown_table, number
from tools.statistics.classify import classify
from tools.statistics.metrics import score_all
from tools.statistics.scored import scored


def with_floats(task):
    """The same fold on float pixels, in a folder of its own in the run folder."""
    folder = Path(task.folder)
    return task._replace(folder=str(folder.parent / "floats" / folder.name), quantize=False)


def same_weights(task):
    """Scores of one fold's test frames, float [n, C], with its trained net on float pixels."""
    fitted, test = (task.frames(names) for names in (task.fold.fitted, task.fold.tests[HELD_OUT]))
    weights = weights_path(task.folder)
    train_feature, test_feature = (
        features(with_floats(task), frames, fitted.mean, weights=weights) for frames in (fitted, test)
    )
    return classify(qda_of(task), train_feature, fitted.label, test_feature)[0]


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="folder of a finished run")
    parser.add_argument("--jobs", type=positive, help="folds at a time (default: one per core)")
    arguments = parser.parse_args(argv)
    folders = finished_folds(arguments.run)
    tasks = [load_task(folder) for folder in folders]
    floats = [with_floats(task) for task in tasks]
    run_folds(floats, arguments.jobs)
    as_bytes, as_floats = pool_scores(tasks), pool_scores(floats)
    scores = {
        "bytes": as_bytes.score["qda"],
        "floats, same weights": np.concatenate([same_weights(task) for task in tasks]),
        "floats, trained again": as_floats.score["qda"],
    }
    rows = [["pixels", "2AFC", "accuracy %", "F1"]]
    for name, score in scores.items():
        frames = scored(as_bytes.label, score, present=score > as_bytes.threshold["qda"])
        average = score_all(frames, range(as_bytes.label.shape[1]))["average"]
        rows.append([name, number(average["two_afc"], 4), number(average["accuracy"], 2), number(average["f1"], 3)])
    print(f"{len(folders)} folds of {arguments.run}\n\n{markdown_table(rows)}")


if __name__ == "__main__":
    main()
