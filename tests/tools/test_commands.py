"""The commands `train` and `extract`, as README's readers use them, on a small net under real Caffe."""

import numpy as np

from tools import extract, train
from tools.net.prototxt import save_prototxt


def test_a_net_is_trained_and_its_features_are_extracted(run_folder, net, solver, capsys):
    solver.net, out = str(run_folder / "net.prototxt"), run_folder / "run"
    save_prototxt(solver.net, net)
    save_prototxt(run_folder / "solver.prototxt", solver)
    train.main([str(run_folder / "solver.prototxt"), "--out", str(out)])
    assert "trained.caffemodel: 6 iterations, training loss" in capsys.readouterr().out
    features = out / "features.npz"
    arguments = [
        out / "train_val.prototxt",
        out / "trained.caffemodel",
        "--lmdb",
        run_folder / "val",
        "--out",
        features,
    ]
    extract.main(list(map(str, arguments)))
    assert f"{features}: fc2 of 32 images, 13 values each" in capsys.readouterr().out
    with np.load(features) as arrays:
        assert arrays["feature"].shape == (32, 13) and arrays["feature"].std(axis=0).min() > 0
