"""What a fold is computed from, and fingerprints that tell whether its results are up to date.

Weights, features and scores each carry the fingerprint of what they were made from. Another value of `name`, `folder`
or `keep_lmdb` makes nothing out of date, another `blob` the features and scores, other `priors` or another `threshold`
the scores alone, and any other change (of a prototxt, a solver, a file that they name in `mean_file` or `weights` or a
subject file, too) the weights as well. Code counts where it is reached (data_prep/system/code.py): an edit of one
engine makes only the folds of that engine out of date, an edit of the scoring only scores.
"""

from pathlib import Path
from typing import NamedTuple

from data_prep.subjects.aus import UNKNOWN
from data_prep.subjects.frames import columns_of, load_frames
from data_prep.subjects.splits import VALIDATION, Fold
from data_prep.subjects.subject_file import load_labels
from data_prep.system.code import code_digest
from data_prep.system.digests import digest, file_digest
from data_prep.system.errors import InputError
from data_prep.system.files import load_json, save_json
from tools.engines.process import ENGINES, START
from tools.folds.folder import TASK
from tools.net.edits import for_labels, place_mvn, with_loss_option
from tools.net.mean_file import mean_digests
from tools.net.prototxt import load_net, load_solver
from tools.net.starting_weights import weights_digests

# the modules whose code, with all that they import, makes each of these; training adds the engine's
TRAINING_CODE = "tools.folds.training"
FEATURES_CODE = "tools.folds.features"
SCORING_CODE = "tools.folds.fold"


class FoldTask(NamedTuple):
    """What a fold is computed from; equal tasks give equal scores."""

    name: str  # what progress and reports call it
    fold: Fold
    folder: str  # run folder of this fold
    subjects: dict  # {subject: (path of its file, sha256 of the file)}
    aus: tuple  # AU numbers to model, in the order of the label columns
    net: str  # prototxt paths
    solver: str
    seed: int
    iterations: int | None = None  # instead of the solver's max_iter
    device: str = "cpu"
    engine: str = "caffe"  # or "torch"
    keep_lmdb: bool = False
    quantize: bool = True  # False: pixels stay floats, to measure what one byte per pixel costs
    balance: str = "none"  # a strategy of data_prep/subjects/balance.py (paper: Sec. IV, without a gain)
    mvn: str = "input"  # where the net normalizes mean and variance: as the prototxt has it, after "conv1", or "none"
    normalize_positives: bool = False  # Eq. 1 divided by the number of positives
    blob: str | None = None  # the features QDA sees, instead of the last fully connected layer's output
    priors: str = "empirical"  # of QDA's classes; or "equal"
    threshold: str = "likelihood"  # above which score an AU is called present; or that of the best "f1" in validation
    mixed: bool = False  # train in mixed precision, on the torch engine
    tf32: bool = False  # train with matrix products in TF32, on the torch engine
    mean_face: bool = True  # whether a subject's mean face is subtracted (paper: Sec. V)
    augment: int = 0  # how many changed copies of each training frame are trained on too; without mean face only

    def built_net(self):
        """The net as the options want it, one output per label; a parsed message."""
        net = load_net(self.net, load_solver(self.solver))
        net = with_loss_option(place_mvn(net, self.mvn), self.normalize_positives)
        return for_labels(net, len(self.aus) + 1)

    def frames(self, subjects):
        """The labelled Frames of `subjects`. Raises InputError where a file is no longer the one this task is about."""
        for path, expected in (self.subjects[name] for name in subjects):
            if file_digest(path) != expected:
                raise InputError(f"{path}: has changed since this run began; run the same command again")
        return load_frames([self.subjects[name][0] for name in subjects], self.aus, self.mean_face)

    def labelled(self, subjects):
        """How many labelled frames `subjects` have, without reading their images."""
        labels = (load_labels(self.subjects[name][0]) for name in subjects)
        return sum(int((columns_of(label, au, self.aus) != UNKNOWN).any(axis=1).sum()) for label, au in labels)

    def training_code(self):
        """A digest of the code that trains: what writes for the engine, the engine, and for Caffe its Python layers.

        The torch engine has its own form of the Python layers, among the modules that it imports.
        """
        layers = [layer.python_param.module for layer in self.built_net().layer if layer.type == "Python"]
        return code_digest((TRAINING_CODE, START, ENGINES[self.engine], *(layers if self.engine == "caffe" else ())))

    def training_fingerprint(self):
        """A digest of all that the weights depend on: net, solver and its `weights`, code, data, split, seed."""
        net, solver = self.built_net(), load_solver(self.solver)
        return digest(
            self.fold.train,
            self.fold.val,
            self.fold.fitted,
            self.digests(self.fold.train + self.fold.val),
            self.aus,
            self.seed,
            self.iterations,
            self.device,
            self.engine,
            self.quantize,
            self.balance,
            self.mixed,
            self.tf32,
            self.mean_face,
            self.augment,
            net.SerializeToString(deterministic=True).hex(),
            mean_digests(net),
            solver.SerializeToString(deterministic=True).hex(),
            weights_digests(solver),
            self.training_code(),
        )

    def features_fingerprint(self, training=None):
        """A digest of all that the features depend on, of weights whose own is `training` (default: up to date)."""
        return digest(training or self.training_fingerprint(), self.blob, code_digest((FEATURES_CODE,)))

    def test_features_fingerprint(self, test, training=None):
        """A digest of all that the features of the test set `test` depend on."""
        names = self.fold.subjects_of(test)
        return digest(self.features_fingerprint(training), names, self.digests(names))

    def scores_fingerprint(self, test, training=None):
        """A digest of all that the scores on the test set `test` depend on."""
        threshold = None if test == VALIDATION else self.threshold
        features = self.test_features_fingerprint(test, training)
        return digest(features, self.priors, threshold, code_digest((SCORING_CODE,)))

    def digests(self, subjects):
        return [self.subjects[name][1] for name in subjects]


def save_task(task):
    """Write task.json, the fold's configuration, for whoever wants to repeat or vary it."""
    save_json(Path(task.folder) / TASK, task._asdict())


def load_task(folder):
    """The FoldTask of a fold's folder. Raises FileNotFoundError where there is none, InputError where it is garbage."""
    path = Path(folder) / TASK
    try:
        fields = load_json(path)
        train, val, tests = fields["fold"]
        fold = Fold(tuple(train), tuple(val), {name: tuple(subjects) for name, subjects in tests.items()})
        return FoldTask(**fields | {"fold": fold, "aus": tuple(fields["aus"]), "folder": str(folder)})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not a fold's configuration ({error!r}); run the experiment again") from error
