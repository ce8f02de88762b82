"""Train a net from its prototxt and solver, with early stopping.

  python -m tools.train prototxt/disfa/solver.prototxt --out runs/mine

Leaves in --out: the two prototxts as used, deploy.prototxt, trained.caffemodel, log.csv (iteration, seconds,
train_loss, val_loss) and engine.log.
"""

import argparse
import csv
from pathlib import Path

from data_prep.arguments import device
from data_prep.errors import one_clear_error
from prototxt import caffe_pb2
from tools.engine import ENGINES, THREADS, run_engine
from tools.early_stopping import best_iteration
from tools.net import clone, deploy_net, in_phase, is_label, load_net, load_solver, save_prototxt
from tools.net_check import check_data_layers, check_training

PATIENCE_SHARE = 5  # paper: 1000 iterations after the error rises, of 5000 (Sec. V); ours: the same share of max_iter
NET, SOLVER, WEIGHTS, LOG = "train_val.prototxt", "solver.prototxt", "trained.caffemodel", "log.csv"


def train(net, solver, folder, device="cpu", engine="caffe"):
    """Train `net` by `solver` (parsed messages) in `folder`. Returns the path of the .caffemodel.

    `device` is "cpu" or a GPU number. Raises InputError before the engine starts where it can, EngineError where it fails.
    """
    write_run(net, solver, folder, device)
    run_training([folder], device, engine)
    return Path(folder) / WEIGHTS


def write_run(net, solver, folder, device="cpu"):
    """Write what an engine trains from, checked: net, solver and deploy net in `folder`."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    solver = clone(solver)
    solver.net = str(folder / NET)
    solver.snapshot_prefix = str(folder / "snapshot")
    solver.solver_mode = solver.CPU if device == "cpu" else solver.GPU
    save_prototxt(folder / NET, net)
    save_prototxt(folder / SOLVER, solver)
    check_training(folder / SOLVER)
    save_prototxt(folder / "deploy.prototxt", deploy_net(net, input_shape(net)))


def run_training(folders, device="cpu", engine="caffe", threads=THREADS, mixed=False):
    """Train in run folders that `write_run` made; several at once, or in mixed precision, only on torch."""
    most = max(load_solver(Path(folder) / SOLVER).max_iter for folder in folders)
    options = ["--device", device, "--patience", patience(most), *(["--mixed"] if mixed else [])]
    run_engine(engine, ["train", *folders, *options], Path(folders[0]) / "engine.log", threads)


def patience(max_iter):
    """Iterations that training goes on after the lowest validation loss."""
    return max(max_iter // PATIENCE_SHARE, 1)


def input_shape(net):
    """(1, channels, height, width) of the image a trained net takes."""
    layers = [layer for layer in net.layer if layer.type == "Data" and in_phase(layer, caffe_pb2.TRAIN)]
    _, shapes = check_data_layers([layer for layer in layers if not is_label(layer)][:1])
    return (1, *next(iter(shapes.values()))[1:])


def load_log(folder):
    """log.csv as lists: [(iteration, train_loss)], [(iteration, val_loss)]."""
    training, validation = [], []
    with open(Path(folder) / LOG, newline="") as file:
        for row in csv.DictReader(file):
            training.append((int(row["iteration"]), float(row["train_loss"])))
            if row["val_loss"]:
                validation.append((int(row["iteration"]), float(row["val_loss"])))
    return training, validation


def load_timing(folder):
    """log.csv as [(iteration, seconds since the training began)]."""
    with open(Path(folder) / LOG, newline="") as file:
        return [(int(row["iteration"]), float(row["seconds"])) for row in csv.DictReader(file)]


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("solver", help="solver prototxt; its `net` names the net")
    parser.add_argument("--out", required=True, help="run folder")
    parser.add_argument("--engine", choices=ENGINES, default="caffe", help="default %(default)s")
    parser.add_argument("--device", type=device, default="cpu", help="cpu or a GPU number")
    arguments = parser.parse_args(argv)
    solver = load_solver(arguments.solver)
    weights = train(load_net(solver.net), solver, arguments.out, arguments.device, arguments.engine)
    training, validation = load_log(arguments.out)
    best = f", lowest validation loss at {best_iteration(validation)}" if validation else ""
    print(f"{weights}: {training[-1][0]} iterations, training loss {training[-1][1]:.3f}{best}")


if __name__ == "__main__":
    main()
