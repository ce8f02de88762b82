"""Train a net from its prototxt and solver, with early stopping.

  python -m tools.train prototxt/disfa/solver.prototxt --out runs/mine

Leaves in --out: the two prototxts as used, deploy.prototxt, trained.caffemodel, log.csv (iteration, seconds,
train_loss, val_loss) and engine.log.
"""

import argparse

from data_prep.system.arguments import device
from data_prep.system.errors import one_clear_error
from data_prep.system.files import only_writer
from tools.engines.early_stopping import best_iteration
from tools.engines.process import ENGINES
from tools.engines.run_folder import load_losses
from tools.engines.training import train
from tools.net.prototxt import load_training


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
        weights = train(net, solver, arguments.out, device=arguments.device, engine=arguments.engine)
    training, validation = load_losses(arguments.out)
    best = f", lowest validation loss at {best_iteration(validation)}" if validation else ""
    print(f"{weights}: {training[-1][0]} iterations, training loss {training[-1][1]:.3f}{best}")


if __name__ == "__main__":
    main()
