"""What a run took: seconds, images a second, memory, and the size of its net."""

from pathlib import Path

import numpy as np

from prototxt import caffe_pb2
from tools.engines.run_folder import SOLVER, load_log
from tools.folds.cost import load_cost
from tools.folds.folder import RETRAINING, TRAINING, deploy_path, net_path
from tools.net.cost import operations
from tools.net.prototxt import load_net, load_solver
from tools.net.roles import image_layer
from tools.net.shapes import infer_shapes

MEGA = 1e6


def cost_of(tasks):
    """The entry "cost" of metrics.json.

    weights, operations  of the net: its weights, and multiplications for an image, each with an addition
    folds                {name: {"iterations" of both trainings, "train_seconds", "images_per_second" of training,
                         "scoring_seconds", "engine_bytes", "own_bytes"}}; null where it was not measured
    """
    deploy = load_net(deploy_path(tasks[0].folder))
    _, weights = infer_shapes(deploy, caffe_pb2.TEST, {})
    return {
        "weights": sum(weights.values()),
        "operations": sum(operations(deploy).values()),
        "folds": {task.name: fold_cost(task.folder) for task in tasks},
    }


def fold_cost(folder):
    ends = [load_log(Path(folder) / step)[-1] for step in (TRAINING, RETRAINING)]
    batch = image_layer(load_net(net_path(folder)), caffe_pb2.TRAIN).data_param.batch_size
    passes = max(load_solver(Path(folder) / RETRAINING / SOLVER).iter_size, 1)
    iterations, seconds = sum(row.iteration for row in ends), sum(row.seconds for row in ends)
    measured = load_cost(folder)
    return {
        "iterations": iterations,
        "train_seconds": round(seconds, 2),
        "images_per_second": round(iterations * batch * passes / max(seconds, 0.01), 1),
        **{key: measured.get(key) for key in ("scoring_seconds", "engine_bytes", "own_bytes")},
    }


def cost_rows(cost):
    """The table of a run's cost: its net, and what a fold took, on average and at most."""
    folds = list(cost["folds"].values())

    def numbers(key, unit=1):
        values = [fold[key] / unit for fold in folds if fold[key] is not None]
        return f"{np.mean(values):,.0f} (at most {max(values):,.0f})" if values else "not measured"

    return [
        ["what", "how much"],
        ["weights of the net", f"{cost['weights']:,}"],
        ["multiplications for an image, each with an addition", f"{cost['operations'] / MEGA:.2f} million"],
        ["iterations of a fold, both trainings", numbers("iterations")],
        ["seconds of its trainings, validation included", numbers("train_seconds")],
        ["images a second in training", numbers("images_per_second")],
        ["seconds of features, classifiers and scores", numbers("scoring_seconds")],
        ["memory of the engine, MB", numbers("engine_bytes", MEGA)],
        ["memory of the process that fits and scores, MB", numbers("own_bytes", MEGA)],
    ]
