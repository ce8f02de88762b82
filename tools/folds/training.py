"""The training of a fold (paper: Sec. V): stop by the validation subjects' loss, then train afresh on all of them.

  1  train/    on the training subjects' frames, until `patience` iterations after the lowest validation loss
  2  retrain/  on training + validation frames, for as many iterations; its weights are the fold's

Step 2 takes net and solver from step 1, so that an edit of the prototxts in between cannot mix two of them. Each step
writes what an engine trains from, runs the engine, and deletes the LMDBs; one that has left its weights is not done
again where the next was interrupted. On the torch engine many folds take each step together (tools/folds/together.py).
"""

from pathlib import Path

import numpy as np

from data_prep.subjects.balance import balance
from data_prep.subjects.frames import write_frames
from data_prep.subjects.lmdb_pair import image_lmdb, label_lmdb
from data_prep.system.digests import digest
from data_prep.system.errors import InputError
from data_prep.system.files import remove
from prototxt import caffe_pb2
from tools.engines.early_stopping import best_iteration
from tools.engines.process import THREADS
from tools.engines.run_folder import NET, SOLVER, load_log, load_losses
from tools.engines.training import run_training, write_run
from tools.folds.folder import (
    FITTED_PAIR,
    RETRAINING,
    TRAIN_PAIR,
    TRAINING,
    VAL_PAIR,
    check_complete,
    discard_results,
    load_trained,
    mark_begun,
    mark_complete,
    weights_path,
)
from tools.folds.task import save_task
from tools.net.edits import with_sources
from tools.net.prototxt import clone, load_net, load_solver
from tools.net.roles import image_layer
from tools.net.state import in_phase


def trained_iterations(task):
    """Iterations of either training of a fold whose weights are complete, undamaged and up to date, else None."""
    try:
        trained = check_complete(task.folder)
    except (FileNotFoundError, InputError):
        return None
    return trained.iterations if trained.fingerprint == task.training_fingerprint() else None


def is_trained(task):
    """Whether a fold's weights are complete, undamaged and up to date."""
    return trained_iterations(task) is not None


def has_ended(task, step):
    """Whether a training of this very task has begun, has ended this step, and has not been completed."""
    try:
        trained = load_trained(task.folder)
    except (FileNotFoundError, InputError):
        return False
    begun = trained.iterations is None and trained.fingerprint == task.training_fingerprint()
    return begun and weights_path(task.folder, step).is_file()


def train_fold(task):
    """Both steps of one fold, those of them that have not ended yet."""
    for write, step in STEPS:
        if not has_ended(task, step):
            write(task)
            run_step([task], step)
    mark_trained(task)


def run_step(tasks, step, threads=THREADS):
    """Run the engine on a step that is written, of one fold or of several at once."""
    folders, first = [Path(task.folder) / step for task in tasks], tasks[0]
    options = {"threads": threads, "mixed": first.mixed, "tf32": first.tf32}
    run_training(folders, device=first.device, engine=first.engine, **options)


def validate(task):
    """Step 1 alone, for comparing nets and solvers: (lowest validation loss in nats, its iteration, the last one)."""
    write_stop(task)
    run_step([task], TRAINING)
    return validated(task)


def validated(task):
    discard(task, TRAIN_PAIR, VAL_PAIR)
    training, validation = load_losses(Path(task.folder) / TRAINING)
    best = best_iteration(validation)
    return dict(validation)[best], best, training[-1][0]


def write_stop(task):
    """Step 1 up to the engine: LMDBs of the training and the validation frames, net and solver."""
    if task.fold.tested & set(task.fold.train):
        raise InputError(
            f"fold {task.name}: {', '.join(sorted(task.fold.tested & set(task.fold.train)))} would be tested by "
            "a net trained on the same frames; test other subjects"
        )
    folder, net, solver = Path(task.folder), task.built_net(), full_solver(task)
    folder.mkdir(parents=True, exist_ok=True)
    save_task(task)
    discard_results(task.folder)
    for step in (TRAINING, RETRAINING):
        remove(weights_path(folder, step))
    mark_begun(task.folder, task.training_fingerprint())
    training, validation = (task.frames(names) for names in (task.fold.train, task.fold.val))
    rng = seeded(task, solver, TRAINING)
    batch = validation_batch(net, len(validation.label))
    batches = len(validation.label) // batch  # ours: whole batches, or Caffe's TEST cursor drifts
    solver.test_iter[:] = [batches]
    write_training(folder / TRAIN_PAIR, task, training, rng)
    write_frames(
        folder / VAL_PAIR,
        validation,
        training.mean,
        rng.permutation(len(validation.label))[: batches * batch],
        task.quantize,
        training.modeled,
    )
    net = with_validation_batch(with_sources(net, folder / TRAIN_PAIR, folder / VAL_PAIR), batch)
    write_run(net, solver, folder / TRAINING, task.device, task.engine)


def write_retraining(task):
    """Step 2 up to the engine, after step 1 has stopped: LMDBs of all these frames, net and solver."""
    discard(task, TRAIN_PAIR, VAL_PAIR)
    fitted, stopped = task.frames(task.fold.fitted), Path(task.folder) / TRAINING
    net, solver = load_net(stopped / NET), load_solver(stopped / SOLVER)
    rng = seeded(task, solver, RETRAINING)
    solver.max_iter = stopped_at(task)
    del solver.test_iter[:]
    solver.ClearField("test_interval")
    pair = Path(task.folder) / FITTED_PAIR  # for TEST too: nothing is validated, but the net stays one that can extract
    write_training(pair, task, fitted, rng)
    write_run(with_sources(net, pair, pair), solver, Path(task.folder) / RETRAINING, task.device, task.engine)


STEPS = ((write_stop, TRAINING), (write_retraining, RETRAINING))  # how each begins, and its run folder


def mark_trained(task):
    """After step 2: note that the weights are complete."""
    discard(task, FITTED_PAIR)
    mark_complete(task.folder, stopped_at(task))


def stopped_at(task):
    """The iteration at which step 1 ended."""
    return load_log(Path(task.folder) / TRAINING)[-1].iteration


def validation_batch(net, frames):
    """Images a batch in validation: as the net has it, or all `frames` that there are where these are fewer."""
    return min(image_layer(net, caffe_pb2.TEST).data_param.batch_size, frames)


def with_validation_batch(net, batch):
    """A copy of `net`, as with_sources makes it, whose Data layers of TEST have `batch` images a batch."""
    copy = clone(net)
    for layer in copy.layer:
        if layer.type == "Data" and not in_phase(layer, caffe_pb2.TRAIN):
            layer.data_param.batch_size = batch
    return copy


def full_solver(task):
    """The solver with all that the task and this training want of it, but for the seed."""
    solver = load_solver(task.solver)
    solver.max_iter = solver.max_iter if task.iterations is None else task.iterations
    # ours: a shortened run validates as many times as a long one, at least ten; early stopping needs it in any case
    often = max(solver.max_iter // 10, 1)
    solver.test_interval = min(solver.test_interval or often, often)
    solver.display = min(solver.display or solver.test_interval, solver.test_interval)
    return solver


def seeded(task, solver, step):
    """The random generator of a step of the fold; its first draw seeds the solver."""
    rng = np.random.default_rng([task.seed, int(digest(task.fold.train, task.fold.val, step)[:8], 16)])
    solver.random_seed = int(rng.integers(1, 2**31))
    return rng


def write_training(pair, task, frames, rng):
    """Write the LMDB pair of training Frames, shuffled, with changed copies of them where the task wants these."""
    all_frames = frames.augmented(task.augment, rng)
    order = training_order(task, all_frames, rng)
    write_frames(pair, all_frames, frames.mean, order, task.quantize, frames.modeled)


def training_order(task, frames, rng):
    """int64: the frames to train on, shuffled. Balancing does not touch the mean image, validation, test, nor QDA."""
    return rng.permutation(balance(frames.label, task.balance, rng))


def discard(task, *prefixes):
    """A fold's LMDBs are scratch."""
    for prefix in prefixes if not task.keep_lmdb else ():
        remove(image_lmdb(Path(task.folder) / prefix))
        remove(label_lmdb(Path(task.folder) / prefix))
