"""Pack a trained model for use on your own pictures and videos: that of a finished fold, or of a whole dataset.

  python -m experiments.bundle --fold runs/demo/fold_SN001 --out runs/bundle
  python -m experiments.bundle --disfa /path/to/DISFA --out runs/bundle --nets runs/nets --data data

A fold's model has not seen its test subjects, and the model card has their scores. A model of all subjects has seen
more people, and nobody is left to measure it on.
"""

import functools
from pathlib import Path

import numpy as np

from data_prep.datasets.table import TRAINED_ON
from data_prep.faces.stage import FaceStage
from data_prep.subjects.normalize import to_bytes
from data_prep.subjects.provenance import is_synthetic, load_provenance
from data_prep.subjects.splits import HELD_OUT
from data_prep.subjects.subject_file import load_subject
from data_prep.system.errors import InputError, one_clear_error
from experiments.datasets import prepared
from experiments.experiment import check_settings
from experiments.index import refresh
from experiments.nets import everybody
from experiments.neutral import warn_of_silent_frames
from experiments.options import add_source_option, parser, source_of
from experiments.recorded import run_folder
from tools.detection.au_scores import features
from tools.detection.bundle import write_bundle
from tools.folds.classifiers import QDA, qda_of
from tools.folds.features import feature_blob, trained_net
from tools.folds.fold import calibrations
from tools.folds.folder import check_complete, deploy_path, net_path, scores_path, weights_path
from tools.folds.run import pool_scores, run_folds, scored_by
from tools.folds.scores import load_features
from tools.folds.task import load_task
from tools.net.preprocessing import preprocessing_of
from tools.onnx.proof import LARGEST_ERROR, evenly, first_difference, relative_error
from tools.report.versions import made_by, versions
from tools.statistics.calibration import Calibration
from tools.statistics.classify import fit_columns
from tools.statistics.metrics import score_all


def bundle_fold(folder, out):
    """Write the bundle `out` of a fold's folder; returns its bundle.json. Raises InputError if the fold is not done."""
    try:
        task, trained, (feature, label) = load_task(folder), check_complete(folder), load_features(folder)
    except FileNotFoundError as error:
        raise InputError(
            f"{folder}: no finished fold here ({error}); give a folder such as runs/demo/fold_SN001"
        ) from error
    net = trained_net(task)
    models, reasons = fit_columns(qda_of(task), feature, label)
    fitted = task.frames(task.fold.fitted)
    data = sorted({load_provenance(Path(task.subjects[name][0]).parent) for name in task.fold.fitted})
    facts = {
        "data": ", ".join(data),
        "synthetic": any(map(is_synthetic, data)),
        "subjects": len(task.fold.fitted),
        "frames": len(label),
        "faces": stage_of_subjects(task).facts(),
        "engine": task.engine,
        "iterations": trained.iterations,
        "metrics": held_out_metrics(task),
        "not_modeled": {str(task.aus[column]): why for column, why in reasons.items() if column not in models},
        "remarks": {str(task.aus[column]): why for column, why in reasons.items() if column in models},
        "versions": versions(task.engine),
        "made_by": made_by(),
    }
    return write_bundle(
        out,
        net=deploy_path(folder),
        weights=weights_path(folder),
        blob=feature_blob(task, net),
        preprocessing=preprocessing_of(net),
        mean=fitted.mean,
        face=average_face(task),
        quadratics={task.aus[column]: model for column, model in models.items()},
        calibration=Calibration(*(values[list(models)] for values in calibrations(task, [QDA])[0][QDA])),
        facts=facts,
        prove=lambda bundle: prove(bundle, task, fitted, feature),
    )


def prove(bundle, task, fitted, feature):
    """Raise InputError if a Bundle makes other features of the frames that it was fitted on than the engine did.

    fitted   the Frames
    feature  float32 [n, K] of the engine that trained
    """
    some = evenly(len(feature))
    error = relative_error(features(bundle, fitted.difference[some]), feature[some])
    if error <= LARGEST_ERROR:
        return
    pixels = to_bytes(fitted.difference[some], fitted.mean)[:, None]
    first = first_difference(trained_net(task), weights_path(task.folder), pixels, task.engine, task.device)
    where = f"the first blob that differs is {first[0]!r}" if first else "it shows the net other images"
    raise InputError(
        f"{net_path(task.folder)}: no bundle is written, as it would compute another net: its features are {error:.1e} "
        f"off (at most {LARGEST_ERROR:.0e} of the largest); {where}"
    )


def stage_of_subjects(task):
    """The FaceStage of the crops of the training subjects. Raises InputError if they are not of one."""
    subjects = (load_subject(task.subjects[name][0]) for name in task.fold.fitted)
    stages = {(subject.detector, subject.align, tuple(map(tuple, subject.template.tolist()))) for subject in subjects}
    if len(stages) > 1:
        raise InputError(f"{task.folder}: its subjects were cropped in {len(stages)} ways; prepare them in one")
    ((detector, align, template),) = stages
    return FaceStage(detector, align, **({"template": template} if template else {}))


def average_face(task):
    """float32 [S, S]: the mean of the mean faces of the training subjects."""
    faces = [load_subject(task.subjects[name][0]).image.mean(axis=0, dtype=np.float64) for name in task.fold.fitted]
    return np.mean(faces, axis=0).astype(np.float32)


def held_out_metrics(task):
    """Metrics on the fold's held-out subjects, and who they are; None if it has none."""
    if not scores_path(task.folder, HELD_OUT).exists():
        return None
    frames, subjects = scored_by(pool_scores([task]), "qda"), ", ".join(task.fold.tests[HELD_OUT])
    return {
        "tested_on": f"held-out subjects of the same data: {subjects}, {len(frames.label)} frames",
        **score_all(frames, task.aus),
    }


def train_on_all(settings):
    """Train on all subjects of a dataset; returns the fold's folder. A bundle replaces its own folder, so not there."""
    if not settings.nets or not settings.data:
        raise InputError(
            "--out holds the bundle alone: give --nets and --data, folders for the trained net and its data"
        )
    check_settings(settings, [settings.source])
    data = prepared([settings.source], settings, functools.partial(everybody, settings, settings.source))
    task = everybody(settings, settings.source, data)
    warn_of_silent_frames([task])
    with run_folder(settings, f"A net of {task.name}", task.folder) as sources:
        run_folds([task], settings.jobs, settings.scheduler)
        sources.folds.append(task.folder)
    return task.folder


@one_clear_error
def main(argv=None):
    commands = parser(__doc__, TRAINED_ON)
    commands.add_argument("--fold", metavar="FOLDER", help="a finished fold, instead of training on a whole dataset")
    add_source_option(commands)
    settings = commands.parse_args(argv)
    settings.source = source_of(settings)
    facts = bundle_fold(settings.fold or train_on_all(settings), settings.out)
    refresh(settings, settings.out)
    print(
        f"{settings.out}: model {facts['id']}, trained on {facts['data']}, {len(facts['aus'])} AUs\n"
        f"use it: .venv/bin/python -m tools.detect VIDEO... --model {settings.out} --out runs/detect"
    )


if __name__ == "__main__":
    main()
