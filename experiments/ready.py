"""Make a model of real people's AUs from rendered ones: free of anybody's data, and made again by this command.

  python -m experiments.ready --out models/ready --data data/ready --nets runs/ready [--ict /path/to/ICT-FaceKit]

  1  render people of each source that is there, find their faces and landmarks
  2  train the net of prototxt/rendered: without each source in turn, for judging, and on everybody, for use
  3  fit linear classifiers on the net's features and on the shape of the face, and judge them on the source left out:
     which of the two an AU rests on, what its scores mean, its threshold, its intensities, whether it is usable
  4  fit them on everybody, and write the bundle with its model card

What is there is not made again. Nobody's face, and no label of a real picture, takes part in any choice.
"""

import argparse
from pathlib import Path

import numpy as np

from data_prep.rendered.recipes import AUS
from data_prep.subjects.splits import Fold, train_val_split
from data_prep.system.arguments import natural, positive
from data_prep.system.code import ROOT
from data_prep.system.errors import one_clear_error
from data_prep.system.files import only_writer
from experiments.bundle import prove
from experiments.ready_data import STAGE, rendered
from experiments.ready_model import (
    WAYS,
    FoldNet,
    best_ways,
    calibrated,
    chosen_scores,
    columns_2afc,
    fit_parts,
    linear_of,
    scores_by_way,
    seen_by,
)
from experiments.ready_status import AGAINST, judged
from tools.detection.bundle import write_bundle
from tools.engines.process import ENGINES
from tools.folds.features import feature_blob, trained_net
from tools.folds.folder import check_complete, deploy_path, weights_path
from tools.folds.run import run_folds
from tools.folds.scores import load_features
from tools.folds.task import FoldTask
from tools.net.preprocessing import preprocessing_of
from tools.report.tables import markdown_table, number
from tools.report.versions import made_by, versions
from tools.statistics.linear import fit_curves

PEOPLE, PICTURES = 200, 20  # ours: of each source, of each person; twice as many people gain .002
AUGMENT = 3  # ours: changed copies of each picture
NET, SOLVER = "prototxt/rendered/train_val.prototxt", "prototxt/rendered/solver.prototxt"
FEATURE = "fc1"  # ours: what classifiers see of the net; fc2, the paper's, carries less to other faces
EVERYBODY = "everybody"
NAMES = {"makehuman": "MakeHuman", "faceunits": "MakeHuman with face units", "ict": "ICT-FaceKit"}


def fold_tasks(settings, people):
    """{name: FoldTask}: without each source in turn, {"without ict": ...}, and of EVERYBODY."""
    left = {f"without {source}": [name for name in people.people if name not in set(people.of(source))]
            for source in people.sources}  # fmt: skip
    tasks = {}
    for name, names in {**left, EVERYBODY: list(people.people)}.items():
        tasks[name] = FoldTask(
            name=name,
            fold=Fold(*train_val_split(names, settings.seed), {}),
            folder=str(Path(settings.nets) / name.replace(" ", "_")),
            subjects={each: people.people[each] for each in names},
            aus=AUS,
            net=settings.net or str(ROOT / NET),
            solver=settings.solver or str(ROOT / SOLVER),
            seed=settings.seed,
            iterations=settings.iterations,
            engine=settings.engine,
            blob=FEATURE,
            mean_face=False,
            augment=AUGMENT,
        )
    return tasks


class HeldOut:
    """What classifiers make of the people of each source who took no part in them.

    afc     {way: float [sources, C] 2AFC}
    score   {way: float64 [n, C]} of all people
    frames  [Shown] of each source
    """

    def __init__(self, people, tasks):
        self.afc, scores, self.frames = {way: [] for way in WAYS}, {way: [] for way in WAYS}, []
        for source in people.sources:
            task = tasks[f"without {source}"]
            net, training, tested = FoldNet(task), people.frames(list(task.subjects)), people.frames(people.of(source))
            parts = fit_parts(seen_by(net, training), training.label)
            for way, score in scores_by_way(parts, seen_by(net, tested)).items():
                self.afc[way].append(columns_2afc(tested.label, score))
                scores[way].append(score)
            self.frames.append(tested)
        self.afc = {way: np.array(values) for way, values in self.afc.items()}
        self.score = {way: np.concatenate(values) for way, values in scores.items()}
        self.label = np.concatenate([frames.label for frames in self.frames])
        self.intensity = np.concatenate([frames.intensity for frames in self.frames])


def ready_bundle(settings):
    """Make everything; returns the bundle.json of the bundle at settings.out."""
    people = rendered(settings.data, settings.people, settings.pictures, settings.seed, settings.ict, settings.jobs)
    tasks = fold_tasks(settings, people)
    run_folds(list(tasks.values()), settings.jobs)
    held_out = HeldOut(people, tasks)
    ways = best_ways(held_out.afc)
    score = chosen_scores(held_out.score, ways)
    calibration = calibrated(score, held_out.label)
    curves = fit_curves(score, held_out.intensity)
    measured = measures(people, held_out, ways, score, calibration, curves)
    status, reasons = zip(*(judged(au, measured[str(au)]) for au in AUS))
    task = tasks[EVERYBODY]
    net, everyone = FoldNet(task), people.frames(list(task.subjects))
    linear = linear_of(fit_parts(seen_by(net, everyone), everyone.label), ways)
    kept = [column for column, what in enumerate(status) if what != AGAINST]
    fitted, trained = task.frames(task.fold.fitted), check_complete(task.folder)
    facts = {
        "data": "rendered people ({})".format(", ".join(NAMES[source] for source in people.sources)),
        "synthetic": False,
        "aus": [AUS[column] for column in kept],
        "status": {str(AUS[column]): status[column] for column in kept},
        "reasons": {str(au): reason for au, reason in zip(AUS, reasons)},
        "measured": measured,
        "subjects": len(people.people),
        "frames": len(everyone.label),
        "faces": STAGE.facts(),
        "settings": {name: getattr(settings, name) for name in ("people", "pictures", "seed")},
        "engine": task.engine,
        "iterations": trained.iterations,
        "versions": versions(task.engine),
        "made_by": made_by(),
    }
    return write_bundle(
        settings.out,
        net=deploy_path(task.folder),
        weights=weights_path(task.folder),
        blob=feature_blob(task, trained_net(task)),
        preprocessing=preprocessing_of(trained_net(task)),
        mean=net.mean,
        face=np.zeros_like(net.mean),
        linear=linear.columns(kept),
        curves=curves.columns(kept),
        calibration=type(calibration)(*(values[kept] for values in calibration)),
        facts=facts,
        prove=lambda bundle: prove(bundle, task, fitted, load_features(task.folder)[0]),
    )


def measures(people, held_out, ways, score, calibration, curves):
    """{AU: how well it does on people of sources that its classifier has not seen, as the model card has it}."""
    level, measured = curves.intensity(score), {}
    for column, au in enumerate(AUS):
        truth, intensity = held_out.label[:, column], held_out.intensity[:, column]
        called = score[:, column] > calibration.threshold[column]
        measured[str(au)] = {
            "rests_on": ways[column],
            "two_afc": {source: values[column] for source, values in zip(people.sources, held_out.afc[ways[column]])},
            "by_way": {way: float(held_out.afc[way][:, column].mean()) for way in WAYS},
            "hits": rate(called, truth == 1),
            "false_alarms": rate(called, truth == 0),
            "intensity_correlation": {
                source: correlation(*rows) for source, rows in by_source(people, held_out, level[:, column], intensity)
            },
        }
    return measured


def rate(called, rows):
    """The share of `rows` bool [n] that is `called` bool [n]; NaN of none."""
    return float(called[rows].mean()) if rows.any() else np.nan


def correlation(found, truth):
    """Pearson's; NaN where either does not vary."""
    return float(np.corrcoef(found, truth)[0, 1]) if found.std() and truth.std() else np.nan


def by_source(people, held_out, *columns):
    """Yield (source, [its part of each of `columns` [n]])."""
    ends = np.cumsum([len(frames.label) for frames in held_out.frames])[:-1]
    for source, *parts in zip(people.sources, *(np.split(column, ends) for column in columns)):
        yield source, parts


def table(facts):
    """What the terminal shows of a bundle.json."""
    rows = [["AU", "rests on", "2AFC", "net", "shape", "both", "hits", "false alarms", "intensity r", "status"]]
    for au, values in facts["measured"].items():
        mean = np.mean(list(values["two_afc"].values()))
        r = np.mean(list(values["intensity_correlation"].values()))
        each = [number(values["by_way"][way], 3) for way in WAYS]
        shares = [number(100 * values[name], 1) for name in ("hits", "false_alarms")]
        status = facts["status"].get(au, AGAINST)
        rows.append([f"AU{int(au):02d}", values["rests_on"], number(mean, 3), *each, *shares, number(r, 2), status])
    return markdown_table(rows)


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="folder of the bundle")
    parser.add_argument("--data", required=True, metavar="FOLDER", help="for rendered pictures and their faces")
    parser.add_argument("--nets", required=True, metavar="FOLDER", help="for the trained nets")
    parser.add_argument("--ict", help="folder of a checkout of github.com/ICT-VGL/ICT-FaceKit, for a third source")
    parser.add_argument("--people", type=positive, default=PEOPLE, help="of each source (default %(default)s)")
    parser.add_argument("--pictures", type=positive, default=PICTURES, help="of each person (default %(default)s)")
    parser.add_argument("--seed", type=natural, default=0)
    parser.add_argument("--iterations", type=positive, help="instead of the solver's max_iter")
    parser.add_argument("--engine", choices=ENGINES, default="caffe", help="what trains (default %(default)s)")
    parser.add_argument("--net", help="train_val.prototxt instead of prototxt/rendered's")
    parser.add_argument("--solver", help="solver.prototxt instead of prototxt/rendered's")
    parser.add_argument("--jobs", type=positive, help="processes at a time (default: one per core)")
    settings = parser.parse_args(argv)
    Path(settings.nets).mkdir(parents=True, exist_ok=True)
    with only_writer(settings.nets):
        facts = ready_bundle(settings)
    print(f"\n{table(facts)}\n\n{settings.out}: model {facts['id']}, learned from {facts['data']}")


if __name__ == "__main__":
    main()
