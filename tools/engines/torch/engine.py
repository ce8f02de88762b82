"""Train and extract on PyTorch: the same commands and files as tools/engines/caffe_engine.py, and many folds at once.

train    run folders of one architecture, each with solver.prototxt -> trained.caffemodel, log.csv in each;
         half of them after the other where memory does not hold them together
extract  a net whose TEST Data layers name the LMDBs, a .caffemodel, a blob name -> features .npz
serve    extract for many, one after the other: tools/engines/server.py
device   only select the device
"""

import argparse
import contextlib
import functools

import numpy as np
import torch

from data_prep.system.files import atomic, in_turn
from prototxt import caffe_pb2
from tools.engines.server import answer
from tools.engines.stops import EngineStop
from tools.engines.torch.caffemodel import load_caffemodel
from tools.engines.torch.data import as_array, data_layers, numbers_of, shapes_of
from tools.engines.torch.draws import Draws
from tools.engines.torch.faults import explained
from tools.engines.torch.net import TorchNet
from tools.engines.torch.training import train
from tools.net.prototxt import load_net


def select_device(device, tf32=False):
    """The torch.device of "cpu" or a GPU number. Deterministic algorithms, full float32 arithmetic unless `tf32`.

    Raises EngineStop where the GPU cannot be used.
    """
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.utils.deterministic.fill_uninitialized_memory = False  # nothing here reads what it has not written
    if device == "cpu":
        return torch.device("cpu")
    with explained(device):
        torch.cuda.init()
        count = torch.cuda.device_count()
        if int(device) >= count:
            raise EngineStop(
                f"GPU {device} is not there: PyTorch {torch.__version__} sees {count}, counted from 0; "
                "give one of them, or GPU=cpu"
            )
        selected = torch.device("cuda", int(device))
        torch.ones(1, device=selected).add(1).item()  # whether there is code for this GPU shows only now
    torch.cuda.set_device(selected)
    return selected


@torch.no_grad()
def extract(net_path, weights, blob, count, out, device):
    """Write `feature` float32 [count, K], `blob` of the first `count` images in LMDB order, to `out` (.npz)."""
    message, parts = load_net(net_path), []
    layers = data_layers([message], training=False, device=device)
    draws = Draws([0], numbers_of(layers), device)
    net = TorchNet(message, caffe_pb2.TEST, shapes_of(layers), device=device)
    load_caffemodel(weights, net)
    for _ in range(-(-count // layers[0].batch)):
        draws.draw()
        blobs, _ = net.forward({layer.top: layer.next(draws) for layer in layers})
        draws.clock += 1
        parts.append(as_array(blobs[blob]))
    with atomic(out) as part:
        np.savez(part, feature=np.concatenate(parts)[:count])


def parser():
    commands = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    kinds = commands.add_subparsers(dest="command", required=True)
    for name in ("train", "extract", "serve", "device"):
        kinds.add_parser(name).add_argument("--device", default="cpu", help="cpu or a GPU number")
    training = kinds.choices["train"]
    training.add_argument("folders", nargs="+")
    training.add_argument("--patience", type=int, required=True, help="iterations after the lowest validation loss")
    training.add_argument("--mixed", action="store_true", help="matrix products in bfloat16")
    training.add_argument("--tf32", action="store_true", help="matrix products in TF32, on GPUs that have it")
    extraction = kinds.choices["extract"]
    extraction.add_argument("net_path")
    extraction.add_argument("weights")
    extraction.add_argument("--blob", required=True)
    extraction.add_argument("--count", type=int, required=True, help="images in the LMDB")
    extraction.add_argument("--out", required=True)
    kinds.choices["serve"].add_argument("--address", required=True, help="of a socket")
    return commands


def main():
    arguments = vars(parser().parse_args())
    command, number = arguments.pop("command"), arguments.pop("device")
    device = select_device(number, arguments.pop("tf32", False))
    with explained(number):
        if command == "train":
            with contextlib.ExitStack() as turns:
                for folder in sorted(arguments["folders"]):  # where an engine of a killed run is about to end, wait
                    turns.enter_context(in_turn(folder))
                train(device=device, **arguments)
        elif command == "extract":
            extract(device=device, **arguments)
        elif command == "serve":
            answer(arguments["address"], functools.partial(extract_for, device, number))


def extract_for(device, number, arguments):
    """Do what arguments of `extract` ask, on this device."""
    wanted = vars(parser().parse_args(arguments))
    del wanted["command"], wanted["device"]
    with explained(number):
        extract(device=device, **wanted)
