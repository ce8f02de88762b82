"""Folds whose solver names weights to start from."""

from pathlib import Path

import numpy as np
import pytest

from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.folds.fold import is_done, is_trained, run_fold
from tools.folds.folder import RETRAINING, TRAINING, weights_path
from tools.folds.scores import load_scores
from tools.net.caffemodel import load_caffemodel, save_caffemodel


def write_weights(path, seed):
    kernels = np.random.default_rng(seed).normal(0, 0.1, (20, 1, 5, 5))
    save_caffemodel(path, "other", [(caffe_pb2.LayerParameter(name="conv1"), [kernels, np.zeros(20)])])
    return kernels.astype(np.float32)


def test_both_steps_start_from_the_weights_and_other_weights_make_the_fold_out_of_date(small_fold):
    path, solver = Path(small_fold.folder).parent / "given.caffemodel", Path(small_fold.solver)
    solver.write_text(solver.read_text().replace("base_lr: 0.01 ", "base_lr: 1e-30 ") + f'\nweights: "{path}"\n')
    kernels = write_weights(path, 0)
    run_fold(small_fold)
    for step in (TRAINING, RETRAINING):
        weights = load_caffemodel(weights_path(small_fold.folder).parents[1] / step / "trained.caffemodel")
        assert (weights["conv1"][0] == kernels).all()
    assert is_done(small_fold)
    start = load_scores(small_fold.folder).facts["start"]
    assert start["copied"] == {"conv1": str(path)} and start["fresh"] == ["conv2", "fc1", "fc2"]
    write_weights(path, 1)
    assert not is_trained(small_fold)
    write_weights(path, 0)
    assert is_done(small_fold)
    path.unlink()
    with pytest.raises(InputError, match="given.caffemodel: no such .caffemodel; correct `weights`"):
        is_trained(small_fold)
