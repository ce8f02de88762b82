"""The benchmark of training, on few frames."""

import importlib.util
import json

import pytest

from experiments import bench_train
from tools.net.prototxt import load_net

needs_torch = pytest.mark.skipif(
    not importlib.util.find_spec("torch"), reason="PyTorch is not installed: make setup ENGINE=torch"
)


@pytest.fixture
def small(monkeypatch):
    """Few frames, a core, and batches of 4 for Caffe and the engine, lest the test take a minute."""

    def with_small_batches(path):
        net = load_net(path)
        for layer in net.layer:
            if layer.type == "Data":
                layer.data_param.batch_size = 4
        return net

    monkeypatch.setattr(bench_train, "FRAMES", 64)
    monkeypatch.setattr(bench_train, "cores", lambda: 1)
    monkeypatch.setattr(bench_train, "load_net", with_small_batches)


@needs_torch
def test_all_three_sides_train_and_are_timed(tmp_path, small):
    bench_train.write_data(tmp_path / "noise")
    found = bench_train.rates(tmp_path, str(tmp_path / "noise"), rounds=1, iterations=40, device="cpu")
    assert list(found) == [bench_train.CAFFE, bench_train.ENGINE, bench_train.PLAIN]
    for ways in found.values():
        assert list(ways) == [(1, 1)] and len(ways[1, 1]) == 1 and ways[1, 1][0] > 0


@needs_torch
def test_it_ends_in_a_line_of_json_and_leaves_nothing(tmp_path, capsys, small, monkeypatch):
    sides = (bench_train.CAFFE, bench_train.ENGINE, bench_train.PLAIN)
    monkeypatch.setattr(bench_train, "rates", lambda *_: {side: {(1, 1): [100.0]} for side in sides})
    bench_train.main(["--out", str(tmp_path)])
    output = capsys.readouterr().out
    result = json.loads(output.splitlines()[-1])
    assert result["bench"] == "train" and result["images_per_second"] == dict.fromkeys(sides, 100)
    assert "| 1 x 1 |" in output.replace("  ", "") and not list(tmp_path.iterdir())


@needs_torch
def test_too_few_iterations_to_time_are_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit):
        bench_train.main(["--out", str(tmp_path), "--iterations", "59"])
    assert "--iterations 59: give 60 or more" in capsys.readouterr().err


def test_ratios_follow_from_the_median_rates(capsys):
    """Ours in two processes is its faster way, the plain loop trains one fold after another."""
    ways = {(1, 2): [100.0], (2, 1): [200.0, 400.0, 300.0]}
    found = {
        bench_train.CAFFE: {way: [rate / 2 for rate in rates] for way, rates in ways.items()},
        bench_train.ENGINE: ways,
        bench_train.PLAIN: {(1, 2): [50.0], (2, 1): [75.0]},
    }
    bench_train.report(found, None, "cpu")
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (result["ratio_caffe"], result["ratio_torch"], result["ratio_loso"]) == (2, 4, 6)
    assert result["loso_seconds"] == 27 * 5000 * 64 / 300
