"""Table I: DISFA, leave-one-subject-out, 12 AUs (paper: Sec. VI), beside a PCA + LDA baseline.

  python -m experiments.table1_disfa --disfa /path/to/DISFA --out runs/table1
  python -m experiments.table1_disfa --synthetic --out runs/demo --iterations 600

Leaves in --out: metrics.json, table.md, training.png, aus.png and one folder per fold. Stopped at any point, the same
command goes on where it was.
"""

import argparse
import time
from pathlib import Path

from data_prep.arguments import device, natural, positive
from data_prep.balance import STRATEGIES
from data_prep.detection import detection
from data_prep.disfa import read_disfa
from data_prep.errors import one_clear_error
from data_prep.files import only_writer
from data_prep.prepare_dataset import prepare_dataset
from data_prep.provenance import load_provenance
from data_prep.splits import leave_one_subject_out
from data_prep.subjects import load_subject
from data_prep.synthetic.disfa import write_disfa
from tools.engine import check_device
from tools.fold import TRAINING, FoldTask, file_digest
from tools.leave_one_out import pool_scores, run_folds
from tools.net import load_net, load_solver
from tools.plots import plot_aus, plot_training
from tools.report import load_published, markdown_table, number, save_metrics, versions
from tools.train import load_log, patience

NET, SOLVER = "prototxt/disfa/train_val.prototxt", "prototxt/disfa/solver.prototxt"
PUBLISHED = Path(__file__).parent / "published" / "table1.csv"
RESULTS = {"qda": "loso", "pca_lda": "loso_pca_lda"}
SYNTHETIC_ROOT, SYNTHETIC_DATA, REAL_DATA = "data/synthetic/DISFA", "data/synthetic/disfa", "data/disfa"
SYNTHETIC_SUBJECTS, SYNTHETIC_FRAMES = 12, 300  # ours: what fits the demo's ten minutes on two cores


def table1(settings):
    """Run the experiment; `settings` are the command's arguments. Returns what metrics.json holds."""
    load_net(settings.net)  # what is amiss here is better known before an hour of faces
    max_iter = settings.iterations or load_solver(settings.solver).max_iter
    check_device(settings.device)
    out, seconds = Path(settings.out), {}
    with stage("draw", seconds):
        root, data = raw_data(settings)
    with stage("prepare", seconds):
        names = prepare_dataset("DISFA", root, read_disfa(root), data, jobs=settings.jobs)
    tasks = fold_tasks(settings, data, names)
    with stage("folds", seconds):
        scores = run_folds(tasks, settings.jobs)
    with stage("report", seconds):
        aus = load_subject(Path(data) / f"{names[0]}.npz").au.tolist()
        metrics = {
            "experiment": "table1_disfa", "data": load_provenance(data), "engine": "caffe", "aus": aus,
            "folds": len(tasks), "subjects": names, "held_out": [task.fold.test[0] for task in tasks],
            "results": pool_scores(scores, aus, RESULTS), "detection": detection(data, names),
            "settings": {"seed": settings.seed, "max_iter": max_iter, "patience": patience(max_iter),
                         "balance": settings.balance,
                         "stopped_at": {task.fold.test[0]: fold.facts["iterations"] for task, fold in zip(tasks, scores)}},
            "seconds": seconds, "versions": versions()}
        write_report(out, metrics, tasks)
    save_metrics(out / "metrics.json", metrics)
    return metrics


class stage:
    """Announce a stage and note its seconds."""

    def __init__(self, name, seconds):
        self.name, self.seconds = name, seconds

    def __enter__(self):
        self.started = time.time()
        print(f"== {self.name}", flush=True)

    def __exit__(self, *_):
        self.seconds[self.name] = round(time.time() - self.started, 1)


def raw_data(settings):
    """(raw tree, folder of its subject files). Draws the synthetic tree where that is asked for."""
    if not settings.synthetic:
        return settings.disfa, settings.data or REAL_DATA
    write_disfa(SYNTHETIC_ROOT, SYNTHETIC_SUBJECTS, SYNTHETIC_FRAMES, settings.seed, settings.jobs)
    return SYNTHETIC_ROOT, settings.data or SYNTHETIC_DATA


def fold_tasks(settings, data, names):
    """The FoldTasks of the held-out subjects: all, or the first --folds of them."""
    subjects = {name: (str(Path(data) / f"{name}.npz"), file_digest(Path(data) / f"{name}.npz")) for name in names}
    folds = leave_one_subject_out(names, settings.seed)[: settings.folds]
    return [FoldTask(fold, str(Path(settings.out) / f"fold_{fold.test[0]}"), subjects, settings.net, settings.solver,
                     settings.seed, settings.iterations, settings.device, settings.keep_lmdb,
                     balance=settings.balance) for fold in folds]


def write_report(out, metrics, tasks):
    """table.md, aus.png and training.png."""
    aus, results = metrics["aus"], metrics["results"]
    published = load_published(PUBLISHED)
    data = f"{metrics['data']}, {metrics['folds']} of {len(metrics['subjects'])} subjects held out in turn"
    found, used = metrics["detection"], metrics["settings"]
    (out / "table.md").write_text(f"""# Table I on {data}

{table(metrics, published)}

On frames in which the detector found a face: {found['faces']} of {found['frames']}, all subjects.
Each net was trained for at most {used['max_iter']} iterations, stopping {used['patience']} after the lowest validation
loss (paper: 5000 to 10000, and 1000), and again on training and validation subjects for as many.
""")
    two_afc = {name: [results[name]["per_au"][str(au)]["two_afc"] for au in aus] for name in results}
    plot_aus(out / "aus.png", aus, {"CNN + QDA (real Caffe)": two_afc["loso"], "PCA + LDA": two_afc["loso_pca_lda"]},
             f"2AFC per AU on {data}", {"the paper, on DISFA": [published[str(au)]["two_afc"] for au in aus]})
    plot_training(out / "training.png", {task.fold.test[0]: load_log(Path(task.folder) / TRAINING) for task in tasks},
                  f"Training of each fold, {metrics['data']}")


def table(metrics, published):
    """Table I: ours, the baseline and the paper's, per AU and on average."""
    ours, baseline = metrics["results"]["loso"], metrics["results"]["loso_pca_lda"]
    rows = [["AU", "accuracy %", "2AFC", "F1", "majority %", "PCA+LDA acc. %", "PCA+LDA 2AFC", "paper acc. % (DISFA)",
             "paper 2AFC (DISFA)", "positives", "frames"]]
    for key in [*map(str, metrics["aus"]), "Average"]:
        cnn, lda = ((result["average"] if key == "Average" else result["per_au"][key]) for result in (ours, baseline))
        rows.append([key, number(cnn["accuracy"], 1), number(cnn["two_afc"], 3), number(cnn["f1"], 3),
                     number(cnn["majority_accuracy"], 1), number(lda["accuracy"], 1), number(lda["two_afc"], 3),
                     published[key]["accuracy"], f"{published[key]['two_afc']:.3f}", cnn.get("positives", ""),
                     cnn.get("frames", "")])
    return markdown_table(rows)


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--disfa", help="the DISFA folder")
    source.add_argument("--synthetic", action="store_true", help="draw synthetic faces into DISFA's layout first")
    parser.add_argument("--out", required=True, help="run folder")
    parser.add_argument("--data", help=f"subject files (default {REAL_DATA}, or {SYNTHETIC_DATA})")
    parser.add_argument("--net", default=NET, help="default %(default)s")
    parser.add_argument("--solver", default=SOLVER, help="default %(default)s")
    parser.add_argument("--iterations", type=positive, help="instead of the solver's max_iter")
    parser.add_argument("--folds", type=positive, help="hold out only so many subjects (default: all)")
    parser.add_argument("--seed", type=natural, default=0, help="splits, shuffling, nets and drawn faces (default 0)")
    parser.add_argument("--jobs", type=positive, help="folds at a time (default: one per core)")
    parser.add_argument("--device", type=device, default="cpu", help="cpu or a GPU number")
    parser.add_argument("--balance", choices=STRATEGIES, default="none",
                        help="repeat or leave out training frames (default none, as it gained the paper nothing)")
    parser.add_argument("--keep-lmdb", action="store_true", help="keep each fold's LMDBs")
    settings = parser.parse_args(argv)
    with only_writer(settings.out):
        metrics = table1(settings)
    print(f"\n{(Path(settings.out) / 'table.md').read_text()}")
    print(f"seconds {metrics['seconds']}; everything is in {settings.out}")


if __name__ == "__main__":
    main()
