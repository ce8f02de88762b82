"""The space of the paper's random search (Sec. V): what is drawn, and what a draw changes in a net and its solver.

Names follow the layers: "iterations", "base_lr", "weight_decay", "momentum", and "<layer>.kernel_size" for each
convolution and each pooling layer, in the order of the prototxt.
"""

import itertools
import math
import random
from typing import NamedTuple

from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.edits import deploy_net
from tools.net.prototxt import clone
from tools.net.shapes import infer_shapes


class Range(NamedTuple):
    """Both ends are drawn; of integers where they are integers, uniform in the logarithm where `log`."""

    low: float
    high: float
    log: bool = False


ITERATIONS = Range(5000, 10000)  # paper: Sec. V
BASE_LR = Range(1e-4, 1e-2, log=True)  # paper: Sec. V; ours: log-uniform, as it spans two decades
WEIGHT_DECAY = Range(5e-6, 5e-3, log=True)  # paper: Sec. V; ours: log-uniform, as it spans three
MOMENTUM = Range(0.5, 0.9)  # paper: Sec. V
KERNEL = Range(5, 15)  # paper: Sec. V; ours: a size of its own for each convolution layer
POOLING = Range(2, 4)  # paper: Sec. V; ours: windows side by side (stride = kernel), a size for each pooling layer
SUFFIX = ".kernel_size"


class Draw(NamedTuple):
    """One point of the space."""

    iterations: int  # a ceiling: early stopping usually ends before it
    base_lr: float
    weight_decay: float
    momentum: float
    kernel_size: dict  # {layer: pixels} of convolution and pooling layers; a pooling layer's stride too


def ranges(net):
    """{name: Range} of all that is drawn for a parsed net, in the order in which it is drawn."""
    return {
        "iterations": ITERATIONS,
        "base_lr": BASE_LR,
        "weight_decay": WEIGHT_DECAY,
        "momentum": MOMENTUM,
        **{name + SUFFIX: sizes for name, sizes in size_ranges(net).items()},
    }


def size_ranges(net):
    """{layer: Range of its kernel size}. Global pooling has no size."""
    found = {}
    for layer in net.layer:
        if layer.type == "Convolution":
            found[layer.name] = KERNEL
        elif layer.type == "Pooling" and not layer.pooling_param.global_pooling:
            found[layer.name] = POOLING
    return found


def draw(trial, net):
    """The Draw that an Optuna trial suggests for a parsed net."""
    values = {}
    for name, (low, high, log) in ranges(net).items():
        suggest = trial.suggest_int if isinstance(low, int) else trial.suggest_float
        values[name] = suggest(name, low, high, log=log)
    sizes = {name: values.pop(name + SUFFIX) for name in size_ranges(net)}
    return Draw(**values, kernel_size=sizes)


def apply(drawn, net, solver, iterations=None):
    """Copies (net, solver) of the parsed messages with a Draw in their named fields.

    iterations: for shortened runs, what the paper's 10000 becomes; the drawn number is scaled alike. Half of it is then
    the fewest a trial trains.
    """
    solver = clone(solver)
    scale = 1 if iterations is None else iterations / ITERATIONS.high
    solver.max_iter = max(round(drawn.iterations * scale), 1)
    solver.base_lr, solver.weight_decay, solver.momentum = drawn.base_lr, drawn.weight_decay, drawn.momentum
    return with_kernel_sizes(net, drawn.kernel_size), solver


def with_kernel_sizes(net, sizes):
    """A copy of `net` with square kernels of `sizes` {layer: pixels}; pooling windows stand side by side."""
    copy = clone(net)
    for layer in copy.layer:
        if layer.name not in sizes or layer.type not in ("Convolution", "Pooling"):
            continue
        pooling = layer.type == "Pooling"
        param = layer.pooling_param if pooling else layer.convolution_param
        for field in ("kernel_size", "kernel_h", "kernel_w", *(("stride_h", "stride_w") if pooling else ())):
            param.ClearField(field)
        if pooling:
            param.kernel_size = param.stride = sizes[layer.name]
        else:
            param.kernel_size.append(sizes[layer.name])
    return copy


def infeasible(net, crop):
    """Why a net does not fit gray images of crop x crop pixels, naming the layer; None if it does.

    The rule is that of tools/net/shapes.py, which training applies too: no kernel or window is larger than its map.
    Caffe itself is laxer at the end of a net: it rounds up, so a window of 4 makes one pixel of 3.
    """
    try:
        infer_shapes(deploy_net(net, (1, 1, crop, crop)), caffe_pb2.TEST, {})
    except InputError as error:
        return f"{error} at a crop of {crop} x {crop}"
    return None


def infeasible_share(net, crop, samples=2000):
    """The share, 0 to 1, of draws that are infeasible at a crop.

    Exact where there are at most `samples` combinations of sizes (1089 for two convolution and two pooling layers),
    else estimated from as many of them, drawn at random.
    """
    found = size_ranges(net)
    sides = [range(sizes.low, sizes.high + 1) for sizes in found.values()]
    if math.prod(map(len, sides)) <= samples:
        combinations = list(itertools.product(*sides))
    else:
        rng = random.Random(0)
        combinations = [[rng.choice(side) for side in sides] for _ in range(samples)]
    edited = (with_kernel_sizes(net, dict(zip(found, sizes))) for sizes in combinations)
    return sum(infeasible(one, crop) is not None for one in edited) / len(combinations)
