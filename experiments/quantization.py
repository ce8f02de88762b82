"""What one byte per pixel costs: a finished run's folds beside the same with pixels kept as floats.

  python -m experiments.quantization runs/demo

  bytes                  the run as it is
  floats, same weights   its trained nets, but features of float pixels
  floats, trained anew   every step on float pixels, same seeds
"""

import argparse
from pathlib import Path

import numpy as np

from data_prep.arguments import positive
from data_prep.errors import one_clear_error
from data_prep.frames import join, load_frames
from tools.classify import classify, fit_qda
from tools.fold import RETRAINING, SCORES, features, load_scores, load_task
from tools.leave_one_out import finished_folds, run_folds
from tools.metrics import score_all
from tools.net import load_net
from tools.report import markdown_table
from tools.train import NET, WEIGHTS


def with_floats(task):
    """The same fold on float pixels, in a folder of its own under the run."""
    folder = Path(task.folder)
    return task._replace(folder=str(folder.parent / "floats" / folder.name), quantize=False)


def same_weights(task):
    """Scores of one fold's test frames, float [n, C], with its trained net on float pixels."""
    both, test = (join(*(load_frames([task.subjects[name][0]]) for name in names))
                  for names in (task.fold.train + task.fold.val, task.fold.test))
    trained = Path(task.folder) / RETRAINING
    train_feature, test_feature = (features(with_floats(task), load_net(trained / NET), trained / WEIGHTS, frames, both.mean)
                                   for frames in (both, test))
    return classify(fit_qda, train_feature, both.label, test_feature)[0]


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="folder of a finished run")
    parser.add_argument("--jobs", type=positive, help="folds at a time (default: one per core)")
    arguments = parser.parse_args(argv)
    folders = finished_folds(arguments.run)
    tasks = [load_task(folder) for folder in folders]
    done = [load_scores(folder / SCORES) for folder in folders]
    label = np.concatenate([fold.label for fold in done])
    floats = run_folds([with_floats(task) for task in tasks], arguments.jobs)
    scores = {"bytes": np.concatenate([fold.score["qda"] for fold in done]),
              "floats, same weights": np.concatenate([same_weights(task) for task in tasks]),
              "floats, trained anew": np.concatenate([fold.score["qda"] for fold in floats])}
    rows = [["pixels", "2AFC", "accuracy %", "F1"]]
    for name, score in scores.items():
        average = score_all(label, score, range(label.shape[1]))["average"]
        rows.append([name, f"{average['two_afc']:.4f}", f"{average['accuracy']:.2f}", f"{average['f1']:.3f}"])
    print(f"{len(folders)} folds of {arguments.run}\n\n{markdown_table(rows)}")


if __name__ == "__main__":
    main()
