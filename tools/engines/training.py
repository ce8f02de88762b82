"""Train in a run folder: write and check what an engine trains from, then run the engine."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from data_prep.system.files import load_json, remove, save_json
from prototxt import caffe_pb2
from tools.engines.caffe_checks import check_caffe
from tools.engines.process import THREADS, TrainingDiverged, run_engine
from tools.engines.run_folder import DEPLOY, ENGINE_LOG, NET, SNAPSHOT, SOLVER, START_FILE, WEIGHTS
from tools.net.checks import check_data_layers, check_training
from tools.net.edits import deploy_net
from tools.net.prototxt import clone, load_solver, save_prototxt
from tools.net.roles import image_layer
from tools.net.starting_weights import Start
from tools.net.state import without_states

PATIENCE = 1000  # paper: the model is the one 1000 iterations after the error rises, of 5000 to 10000 (Sec. V)
PATIENCE_SHARE = 5  # ours: a run shorter than the paper's 5000 waits for as large a share of its iterations


def train(net, solver, folder, device="cpu", engine="caffe"):
    """Train `net` by `solver` (parsed messages) in `folder`. Returns the path of the .caffemodel.

    `device` is "cpu" or a GPU number. Raises InputError before the engine starts where it can, EngineError where it
    fails.
    """
    write_run(net, solver, folder, device, engine)
    run_training([folder], device, engine)
    return Path(folder) / WEIGHTS


def write_run(net, solver, folder, device="cpu", engine="caffe"):
    """Write what `engine` trains from, checked: net, solver and deploy net in `folder`."""
    folder, solver = Path(folder), clone(solver)
    solver.solver_mode = solver.CPU if device == "cpu" else solver.GPU
    start = check_training(write_prototxts(net, solver, folder))
    remove(folder / START_FILE)
    if start:
        save_json(folder / START_FILE, start._asdict())
    if engine == "caffe":
        check_caffe(net, folder / NET, device)
    save_prototxt(folder / DEPLOY, deploy_net(net, input_shape(net)))


def load_start(folder):
    """The Start of a run folder's training; None where its solver names no `weights`."""
    path = Path(folder) / START_FILE
    return Start(**load_json(path)) if path.exists() else None


def write_prototxts(net, solver, folder):
    """Write `net`, and `solver` so that it names this net, to `folder`. Returns the solver's path.

    `net` is one that `load_net` has given: the states of the solver are spent.
    """
    folder, solver = Path(folder), without_states(solver)
    solver.net, solver.snapshot_prefix = str(folder / NET), str(folder / SNAPSHOT)
    save_prototxt(folder / NET, net)
    save_prototxt(folder / SOLVER, solver)
    return folder / SOLVER


def run_training(folders, device="cpu", engine="caffe", threads=THREADS, mixed=False, tf32=False):
    """Train in run folders that `write_run` made; several at once, or in less precision, only on torch.

    On several GPUs, such as "0,1", each trains its share of them in a process of its own.
    """
    longest = max(load_solver(Path(folder) / SOLVER).max_iter for folder in folders)
    options = ["--patience", patience(longest), *["--mixed"] * mixed, *["--tf32"] * tf32]
    numbers = device.split(",")[: len(folders)]

    def share(number):
        own = folders[numbers.index(number) :: len(numbers)]
        run_engine(engine, ["train", *own, "--device", number, *options], Path(own[0]) / ENGINE_LOG, threads)

    with ThreadPoolExecutor(len(numbers)) as pool:
        ended = [pool.submit(share, number) for number in numbers]
    errors = [future.exception() for future in ended if future.exception()]
    if errors:  # a net that diverges leaves the others trained; any other failure does not
        raise next((error for error in errors if not isinstance(error, TrainingDiverged)), errors[0])


def patience(max_iter):
    """Iterations that training goes on after the lowest validation loss."""
    return max(min(PATIENCE, max_iter // PATIENCE_SHARE), 1)


def input_shape(net):
    """(1, channels, height, width) of the image a trained net takes."""
    _, shapes = check_data_layers([image_layer(net, caffe_pb2.TRAIN)], labels=())
    return (1, *next(iter(shapes.values()))[1:])
