"""Train a net from its prototxt and solver, with early stopping.

  python -m tools.train prototxt/disfa/solver.prototxt --out runs/mine

Leaves in --out: the two prototxts as used, deploy.prototxt, trained.caffemodel, log.csv (iteration, seconds,
train_loss, val_loss) and engine.log; where the solver names `weights` to start from, also start.json, which says what
was copied from them and what was not.
"""

import argparse
from pathlib import Path

from data_prep.system.arguments import device
from data_prep.system.errors import one_clear_error
from data_prep.system.files import only_writer
from tools.engines.early_stopping import best_iteration
from tools.engines.process import ENGINES
from tools.engines.run_folder import WEIGHTS, load_losses
from tools.engines.training import load_start, run_training, write_run
from tools.net.prototxt import load_training
from tools.net.solver_checks import without_effect
from tools.net.starting_weights import lines


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("solver", help="solver prototxt; its `net` names the net")
    parser.add_argument("--out", required=True, help="run folder")
    parser.add_argument("--engine", choices=ENGINES, default="caffe", help="default %(default)s")
    parser.add_argument("--device", type=device, default="cpu", help="cpu or a GPU number")
    arguments = parser.parse_args(argv)
    net, solver = load_training(arguments.solver)
    with only_writer(arguments.out, among_others=True):
        write_run(net, solver, arguments.out, arguments.device, arguments.engine)
        for line in without_effect(solver):
            print(f"note: {arguments.solver}: {line}", flush=True)
        start = load_start(arguments.out)
        for line in lines(start) if start else ():
            print(line, flush=True)
        run_training([arguments.out], arguments.device, arguments.engine)
    training, validation = load_losses(arguments.out)
    best = f", lowest validation loss at {best_iteration(validation)}" if validation else ""
    print(f"{Path(arguments.out) / WEIGHTS}: {training[-1][0]} iterations, training loss {training[-1][1]:.3f}{best}")


if __name__ == "__main__":
    main()
