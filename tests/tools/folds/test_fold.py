"""A fold on four small subject files with real Caffe: what makes it out of date, and what it refuses."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from skimage.feature import hog
from sklearn.metrics import f1_score

from data_prep.subjects.lmdb_pair import image_lmdb, label_lmdb, load_lmdb
from data_prep.subjects.normalize import from_scale, to_bytes
from data_prep.subjects.splits import HELD_OUT, VALIDATION, Fold
from data_prep.subjects.subject_file import load_subject, save_subject
from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError
from tests.tools.folds.conftest import FRAMES, subject_file
from tools.engines.process import TrainingDiverged
from tools.engines.run_folder import NET, SOLVER, WEIGHTS, load_losses, save_failure
from tools.engines.training import run_training
from tools.folds.baselines import hogs, pixels
from tools.folds.classifiers import qda_of
from tools.folds.features import check_alive, features, trained_net
from tools.folds.fold import is_done, run_fold
from tools.folds.folder import RETRAINING, TRAINING, features_path, load_trained, scores_path, weights_path
from tools.folds.metrics_file import save_metrics
from tools.folds.run import finished_folds, pool_scores, run_folds, scored_by
from tools.folds.scores import load_features, load_scores, save_features
from tools.folds.together import groups_at_once, train_at_once, validate_at_once
from tools.folds.training import mark_trained, run_step, validate, write_retraining, write_stop
from tools.net.prototxt import load_net, load_solver
from tools.statistics.calibration import calibrate
from tools.statistics.classify import classify


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


def test_a_stop_during_the_retraining_does_not_start_over(task, monkeypatch):
    ran, stopping = [], [True]

    def step(tasks, name, *rest):
        ran.append(name)
        if name == RETRAINING and stopping:
            raise KeyboardInterrupt
        run_step(tasks, name, *rest)

    monkeypatch.setattr("tools.folds.training.run_step", step)
    with pytest.raises(KeyboardInterrupt):
        run_fold(task)
    stopping.clear()
    run_fold(task)
    assert ran == [TRAINING, RETRAINING, RETRAINING] and is_done(task)
    edit(task.solver, "base_lr: 0.01", "base_lr: 0.02")
    run_fold(task)
    assert ran[3:] == [TRAINING, RETRAINING]  # another training


def test_a_fold_that_diverges_among_others_is_an_error_after_they_are_done(task, tmp_path, monkeypatch):
    pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")
    task = task._replace(engine="torch")
    other = task._replace(name="C", folder=str(tmp_path / "other"), seed=1)

    def step(tasks, name, threads):
        run_step(tasks[:1], name, threads)
        if other in tasks:
            save_failure(Path(other.folder) / name, "the training loss is nan at iteration 3")
            raise TrainingDiverged("one of them")

    monkeypatch.setattr("tools.folds.together.run_step", step)
    monkeypatch.setattr("tools.folds.run.groups_at_once", lambda due: [due])
    with pytest.raises(TrainingDiverged, match="the training loss is nan at iteration 3"):
        run_folds([task, other], 1)
    assert is_done(task) and not is_done(other)


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
    _, baseline = pixels(trained_net(task), fitted, test)
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


@pytest.mark.parametrize("frames", [1, 5])
def test_a_test_subject_of_one_frame_or_of_identical_ones_is_scored(task, tmp_path, frames):
    still = load_subject(task.subjects["D"][0])
    per_frame = ("image", "label", "frame", "sequence", "box", "intensity", "view")
    fields = {field: getattr(still, field)[[3] * frames] for field in per_frame}
    save_subject(tmp_path, still._replace(**fields))
    path = tmp_path / "D.npz"
    run_fold(task._replace(subjects=task.subjects | {"D": (str(path), file_digest(path))}))
    score = load_scores(task.folder).score
    for name in ("qda", "pca_lda", "logit"):
        assert len(score[name]) == frames and np.isfinite(score[name]).all()


def test_a_net_that_gives_all_fitted_frames_the_same_features_is_dead(task):
    with pytest.raises(InputError, match="fold_D/.*: the trained net gives every image the same features, its units"):
        check_alive(task, np.full((7, 3), 0.5, np.float32))
    check_alive(task, np.eye(3, dtype=np.float32))


def test_validation_subjects_are_scored_by_a_net_and_classifiers_that_have_not_seen_them(task):
    run_fold(task)
    validation, (feature, label) = load_scores(task.folder, VALIDATION), load_features(task.folder, TRAINING)
    training, frames = task.frames(("A", "B")), task.frames(("C",))
    assert set(validation.subject) == {"C"} and len(label) == 2 * FRAMES
    expected = features(task, frames, training.mean, weights=Path(task.folder) / TRAINING / WEIGHTS)
    assert np.array_equal(validation.feature, expected)
    assert np.array_equal(feature, features(task, training, training.mean, TRAINING))
    score, _ = classify(qda_of(task), feature, training.label, validation.feature)
    assert np.array_equal(validation.score["qda"], score)
    calibration, _ = calibrate(score, frames.label)
    np.testing.assert_array_equal(load_scores(task.folder).calibration["qda"], calibration)


def test_a_threshold_is_chosen_on_validation_subjects_and_only_the_scores_are_made_again(task):
    run_fold(task)
    assert (load_scores(task.folder).calibration["qda"].threshold == 0).all()
    assert np.isnan(load_scores(task.folder).calibration["logit"].threshold).all()
    kept = (features_path(task.folder), scores_path(task.folder, VALIDATION), weights_path(task.folder))
    before = [path.stat().st_mtime_ns for path in kept]
    chosen = task._replace(threshold="f1")
    assert not is_done(chosen)
    run_fold(chosen)
    assert is_done(chosen) and [path.stat().st_mtime_ns for path in kept] == before
    validation, scores = load_scores(task.folder, VALIDATION), load_scores(task.folder)
    for name in scores.score:
        for column, threshold in enumerate(scores.calibration[name].threshold):
            own, truth = validation.score[name][:, column], validation.label[:, column] == 1
            f1 = [f1_score(truth, own > cut) for cut in (threshold, 0, *own)]
            assert f1[0] == max(f1)
    pooled = pool_scores([chosen])
    frames = scored_by(pooled, "qda")
    assert np.array_equal(frames.present, frames.score > pooled.threshold["qda"])


def test_where_all_validation_subjects_are_tested_nothing_is_calibrated_on_them(task):
    literal = task._replace(fold=Fold(("A", "B"), ("C", "D"), {"dev": ("C", "D")}))
    run_fold(literal)
    assert is_done(literal) and not scores_path(task.folder, VALIDATION).exists()
    scores = load_scores(task.folder, "dev")
    assert np.isnan(scores.calibration["qda"].slope).all()
    assert scores.facts["uncalibrated"]["qda"] == dict.fromkeys(("12", "4"), "all validation subjects are tested")
    with pytest.raises(InputError, match="fold D: THRESHOLD=f1 .* validation subjects that are not tested"):
        run_fold(literal._replace(threshold="f1"))


def test_hog_is_less_its_mean_over_the_frames_of_each_view(task, tmp_path):
    still = load_subject(task.subjects["D"][0])
    view = np.where(np.arange(FRAMES) < 10, "left", "right")
    label = still.label.copy()
    label[20:] = -1
    save_subject(tmp_path, still._replace(view=view, label=label))
    task = task._replace(subjects=task.subjects | {"D": (str(tmp_path / "D.npz"), "")})
    net = task.built_net()
    found, labels = hogs(task, net, ("D",))
    expected = np.array(
        [
            hog(image[2:42, 2:42], orientations=8, pixels_per_cell=(5, 5), cells_per_block=(2, 2))
            for image in still.image
        ]
    )
    for name in ("left", "right"):
        expected[view == name] -= expected[view == name].mean(axis=0)
    assert found.shape == (20, 7 * 7 * 2 * 2 * 8) and np.array_equal(labels, label[:20])
    np.testing.assert_allclose(found, expected[:20], atol=1e-5)
    assert len(hogs(task, net, ("A", "D"), most=5)[0]) == 5 + 4  # every fifth frame, of which the last is not labelled
