"""A fold on four small subject files with real Caffe: what makes it out of date, and what it refuses."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from data_prep.subjects.lmdb_pair import image_lmdb, label_lmdb, load_lmdb
from data_prep.subjects.normalize import from_scale, to_bytes
from data_prep.subjects.splits import HELD_OUT, Fold
from data_prep.subjects.subject_file import load_subject, save_subject
from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError
from tests.tools.folds.conftest import FRAMES, subject_file
from tools.engines.run_folder import NET, SOLVER, WEIGHTS, load_losses
from tools.engines.training import run_training
from tools.folds.features import trained_net
from tools.folds.fold import baseline_features, is_done, run_fold
from tools.folds.folder import RETRAINING, TRAINING, load_trained
from tools.folds.metrics_file import save_metrics
from tools.folds.run import finished_folds
from tools.folds.scores import features_path, load_features, load_scores, save_features, scores_path
from tools.folds.together import groups_at_once, train_at_once, validate_at_once
from tools.folds.training import mark_trained, validate, write_retraining, write_stop
from tools.net.prototxt import load_net, load_solver


@pytest.fixture
def task(small_fold):
    return small_fold


def edit(path, old, new):
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new))


def test_prototxts_edited_while_it_trains_take_effect_in_the_next_run(task):
    write_stop(task)
    assert load_trained(task.folder).iterations is None  # not complete yet
    run_training([Path(task.folder) / TRAINING])
    edit(task.net, "num_output: 20 kernel_size: 5", "num_output: 6 kernel_size: 5")
    edit(task.solver, "base_lr: 0.01", "base_lr: 0.5")
    write_retraining(task)
    retrain = Path(task.folder) / RETRAINING
    convolution = next(layer for layer in load_net(retrain / NET).layer if layer.name == "conv1")
    assert convolution.convolution_param.num_output == 20
    assert load_solver(retrain / SOLVER).base_lr == pytest.approx(0.01)
    run_training([retrain])
    mark_trained(task)
    assert not is_done(task)
    run_fold(task)
    assert is_done(task) and load_solver(retrain / SOLVER).base_lr == 0.5


def test_a_subject_file_that_changed_since_the_run_began_stops_the_fold(task, tmp_path):
    run_fold(task)
    subject_file(tmp_path, "D", 9)
    (Path(task.folder) / "scores_test.npz").unlink()
    with pytest.raises(InputError, match="D.npz: has changed since this run began"):
        run_fold(task)
    subject_file(tmp_path, "A", 9)
    with pytest.raises(InputError, match="A.npz: has changed since this run began"):
        write_stop(task)


def test_nobody_who_trains_may_be_tested(task):
    with pytest.raises(InputError, match="fold D: B would be tested by a net trained on the same frames"):
        run_fold(task._replace(fold=task.fold._replace(tests={HELD_OUT: ("B", "D")})))


def test_where_early_stopping_sees_the_tested_subjects_weights_mean_and_qda_do_not(task):
    literal = task._replace(fold=Fold(("A", "B"), ("C", "D"), {"dev": ("C", "D")}), keep_lmdb=True)
    run_fold(literal)
    assert len(load_features(task.folder)[0]) == 2 * FRAMES  # those of A and B
    assert len(load_lmdb(image_lmdb(Path(task.folder) / "trainval"))) == 2 * FRAMES
    assert len(load_scores(task.folder, "dev").label) == 2 * FRAMES


def test_features_of_another_blob_left_by_a_killed_run_are_made_anew(task):
    run_fold(task)
    wide = task._replace(blob="fc1")
    trained = load_trained(task.folder).fingerprint
    save_features(task.folder, np.zeros((5, 32)), np.zeros((5, 2)), wide.features_fingerprint(trained))
    assert not is_done(task)
    run_fold(task)
    assert is_done(task) and load_features(task.folder)[0].shape[1] == 3
    features_path(task.folder).write_bytes(b"damaged")
    assert not is_done(task)


def test_a_solver_without_test_interval_still_stops_early(task):
    edit(task.solver, "test_interval", "# test_interval")
    validate(task._replace(iterations=40))  # it ends 8 iterations after the lowest validation loss
    assert [iteration for iteration, _ in load_losses(Path(task.folder) / TRAINING)[1]] == list(range(4, 17, 4))


def test_only_the_folds_of_the_finished_run_are_read_from_its_folder(task, tmp_path):
    with pytest.raises(InputError, match="no finished run here"):
        finished_folds(tmp_path)
    run_fold(task)
    shutil.copytree(task.folder, tmp_path / "fold_group1")
    save_metrics(tmp_path, {"folds": {"group1": {}, "SN001": {}}})
    assert finished_folds(tmp_path) == [tmp_path / "fold_group1"]


def test_folds_that_differ_in_data_only_are_trained_together_on_a_gpu(task, tmp_path):
    shutil.copy(task.solver, tmp_path / "copy.prototxt")
    other, gpu = (
        task._replace(name="C", folder=str(tmp_path / "fold_C"), solver=str(tmp_path / "copy.prototxt")),
        {"engine": "torch", "device": "0"},
    )
    assert groups_at_once([task, other]) == groups_at_once([task._replace(engine="torch"), other]) == []
    pair = [task._replace(**gpu), other._replace(**gpu)]
    assert groups_at_once(pair) == [pair]
    edit(other.solver, "base_lr: 0.01", "base_lr: 0.02")
    assert groups_at_once(pair) == []


def test_folds_validated_together_are_validated_as_they_are_alone(task, tmp_path):
    pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")
    task = task._replace(engine="torch")
    other = task._replace(folder=str(tmp_path / "other"), fold=task.fold._replace(train=("D", "B"), tests={}))
    alone = [validate(one) for one in (task, other)]
    together = validate_at_once([task, other], 1)
    assert [result[1:] for result in together] == [result[1:] for result in alone] and alone[0] != alone[1]
    assert [result[0] for result in together] == pytest.approx([result[0] for result in alone], rel=1e-5)


def test_folds_trained_together_are_scored_without_training_again(task, tmp_path):
    pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")
    task = task._replace(engine="torch")
    other = task._replace(folder=str(tmp_path / "other"), seed=1)
    train_at_once([task, other], 1)
    weights = [Path(one.folder) / RETRAINING / WEIGHTS for one in (task, other)]
    before = [path.read_bytes() for path in weights]
    for one in (task, other):
        run_fold(one)
        assert is_done(one)
    assert [path.read_bytes() for path in weights] == before and before[0] != before[1]


def test_validation_test_and_baseline_are_normalized_by_the_mean_image_of_the_training_frames(task, tmp_path):
    paths = {name: subject_file(tmp_path, name, seed, uncoded=8) for seed, name in enumerate("ABCD")}
    task = task._replace(subjects={name: (path, file_digest(path)) for name, path in paths.items()}, keep_lmdb=True)
    run_fold(task)
    stopping, fitted, validation, test = map(task.frames, (("A", "B"), ("A", "B", "C"), ("C",), ("D",)))
    for frames, mean in ((validation, stopping.mean), (test, fitted.mean)):  # what the test is about: these differ
        assert np.abs(frames.mean - mean).max() > 10
    assert in_any_order(records(task, "train")) == in_any_order(to_bytes(stopping.difference, stopping.mean))
    assert in_any_order(records(task, "val")) == in_any_order(to_bytes(validation.difference, stopping.mean))
    assert in_any_order(records(task, "trainval")) == in_any_order(to_bytes(fitted.difference, fitted.mean))
    assert np.array_equal(records(task, "extract"), to_bytes(test.difference, fitted.mean))
    _, baseline = baseline_features(trained_net(task), fitted, test)
    assert np.array_equal(baseline, from_scale(records(task, "extract"))[:, 2:42, 2:42].reshape(len(test.label), -1))


def test_an_au_that_no_training_subject_has_coded_leaves_their_frames_and_the_validation_frames_neutral(task, tmp_path):
    paths = {name: Path(path) for name, (path, _) in task.subjects.items()}
    for name in "AB":
        subject = load_subject(paths[name])
        subject.label[:, 1] = -1
        save_subject(tmp_path, subject)
    files = {name: (str(path), file_digest(path)) for name, path in paths.items()}
    task = task._replace(subjects=files, keep_lmdb=True)
    write_stop(task)
    train, val = (load_lmdb(label_lmdb(Path(task.folder) / name))[:, :, 0, 0] for name in ("train", "val"))
    assert (train[:, 1] == -1).all() and (train[:, 2] == 1 - train[:, 0]).all()
    assert set(val[:, 2]) == {0, 1}


def test_few_validation_frames_are_one_batch(task, tmp_path):
    few = load_subject(task.subjects["C"][0])
    few.label[3:] = -1
    save_subject(tmp_path, few)
    files = task.subjects | {"C": (task.subjects["C"][0], file_digest(task.subjects["C"][0]))}
    task = task._replace(subjects=files)
    assert task.labelled(("C",)) == 3 and task.labelled(("A", "C")) == FRAMES + 3
    run_fold(task)
    batches = [layer.data_param.batch_size for layer in trained_net(task).layer if layer.type == "Data"]
    assert batches == [8, 3, 8, 3] and load_solver(Path(task.folder) / TRAINING / SOLVER).test_iter == [1]
    assert len(load_scores(task.folder).label) == FRAMES


def records(task, name):
    """uint8 [n, 44, 44]: the images of one of a fold's LMDB pairs."""
    return load_lmdb(image_lmdb(Path(task.folder) / name))[:, 0]


def in_any_order(images):
    return sorted(image.tobytes() for image in images)


def test_what_the_old_weights_gave_goes_when_new_ones_are_trained(task):
    run_fold(task)
    write_stop(task._replace(seed=1))
    assert not features_path(task.folder).exists() and not scores_path(task.folder).exists()
