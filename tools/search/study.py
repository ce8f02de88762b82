"""The trials of a random search: which there are, and what became of each (Bergstra and Bengio 2012; paper: Sec. V).

<run>/study.log                                    an Optuna study in a journal file; any Optuna tool reads it
<run>/trial_007/{train_val,solver}.prototxt        a trial's nets
<run>/best/{train_val,solver}.prototxt             those of the trial with the lowest validation loss

All trials are asked from one seeded sampler before any is trained: trial k has the same sample whatever the number of
workers, after an interruption, and when more trials are asked for later. Infeasible samples do not count: as many are
drawn as it takes for the trials that are wanted. States: PRUNED is infeasible and not trained, RUNNING is to be trained
(again, if that was interrupted), COMPLETE has its loss, FAIL diverged: it has no finite loss.
The caller is the run folder's only writer (data_prep.system.files.only_writer).
"""

import math
from pathlib import Path
from typing import NamedTuple

import optuna
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock, JournalStorage
from optuna.trial import TrialState, create_trial

from data_prep.system.digests import digest
from data_prep.system.errors import InputError
from data_prep.system.files import atomic, remove
from tools.engines.training import write_prototxts
from tools.search.space import Sample, apply, infeasible, ranges, sample, with_kernel_sizes

STUDY, BEST, REASON, SEARCH = "study.log", "best", "reason", "search"
MOST_DRAWS = 200  # ours: samples per trial that is wanted; at a crop that so few fit, a search says nothing
optuna.logging.set_verbosity(optuna.logging.WARNING)


class Search(NamedTuple):
    """What a study's samples and losses depend on; equal Searches share a study."""

    net: object  # parsed messages, as committed
    solver: object
    crop: int  # pixels
    seed: int = 0
    iterations: int | None = None  # what the paper's 10000 becomes, in a shortened run
    data: str = ""  # digest of all else the losses depend on: subjects, split, code

    def facts(self):
        """The search as JSON, large parts as digests."""
        return {
            "seed": self.seed,
            "ranges": {name: list(each) for name, each in ranges(self.net).items()},
            "net": digest(self.net.SerializeToString(deterministic=True).hex()),
            "solver": digest(self.solver.SerializeToString(deterministic=True).hex()),
            "crop": self.crop,
            "iterations": self.iterations,
            "data": self.data,
        }


class Trial(NamedTuple):
    number: int
    sample: Sample
    reason: str | None  # why it is infeasible


def open_study(run, search):
    """The Optuna study of a run folder, made if it is not there.

    Raises InputError if the net does not fit the crop, or the study there is of another search or not readable.
    """
    misfit = infeasible(search.net, search.crop)
    if misfit:
        raise InputError(f"the net to search from does not fit: {misfit}; choose a larger crop")
    path = Path(run) / STUDY
    path.parent.mkdir(parents=True, exist_ok=True)
    clear_interrupted_write(path)
    try:
        storage = JournalStorage(JournalFileBackend(str(path), JournalFileOpenLock(str(path))))
        study = optuna.create_study(
            storage=storage,
            study_name="random search",
            load_if_exists=True,
            sampler=optuna.samplers.RandomSampler(search.seed),
        )
        known = study.user_attrs.get(SEARCH)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not a study ({error}); delete it or choose another folder") from error
    if known is None and not study.trials:
        study.set_user_attr(SEARCH, search.facts())
    else:
        check_same(path, known or {}, search.facts())
    return study


def clear_interrupted_write(path):
    """Remove what a killed run leaves at a journal: its lock, and the last line where that is cut short."""
    remove(f"{path}.lock")
    lines = path.read_bytes() if path.exists() else b""
    if lines and not lines.endswith(b"\n"):
        with atomic(path) as part:
            part.write_bytes(lines[: lines.rfind(b"\n") + 1])


def check_same(path, known, now):
    other = [name for name in now if known.get(name) != now[name]]
    if other:
        values = [
            f"{name} ({known.get(name)}, now {now[name]})" if name in ("seed", "crop", "iterations") else name
            for name in other
        ]
        raise InputError(
            f"{path}: this study differs in {', '.join(values)}; choose another folder, as the losses do not compare"
        )


def ask_trials(study, search, count):
    """The first Trials of the study, of which `count` are feasible; new ones are sampled, each stored in one write.

    Raises InputError where hardly any sample fits the crop.
    """
    known, feasible, number = study.trials, 0, 0
    replay = optuna.create_study(sampler=optuna.samplers.RandomSampler(search.seed))
    while feasible < count:
        if number == MOST_DRAWS * count:
            raise InputError(
                f"only {feasible} of {number} sampled nets fit a crop of {search.crop} x {search.crop}; choose a "
                "larger crop"
            )
        asked = replay.ask()
        sampled = sample(asked, search.net)
        number += 1
        if number <= len(known):
            feasible += known[number - 1].state != TrialState.PRUNED
            continue
        reason = infeasible(with_kernel_sizes(search.net, sampled.kernel_size), search.crop)
        feasible += reason is None
        study.add_trial(
            create_trial(
                state=TrialState.PRUNED if reason else TrialState.RUNNING,
                params=asked.params,
                distributions=asked.distributions,
                user_attrs={REASON: reason} if reason else {},
            )
        )
    return [trial_of(stored, search) for stored in study.trials[:number]]


def trial_of(stored, search):
    """The Trial of `stored`, an Optuna trial."""
    reason = stored.user_attrs.get(REASON) if stored.state == TrialState.PRUNED else None
    return Trial(stored.number, sample(optuna.trial.FixedTrial(stored.params), search.net), reason)


def tell(study, number, loss, attributes):
    """Store a trained trial's lowest validation loss (nats) and what else is worth knowing, {name: JSON value}.

    A loss that is not finite, of a training that diverged, ends the trial without one.
    """
    # Optuna gives no public way to a trial asked by an earlier run but its id
    trial = optuna.trial.Trial(study, study.trials[number]._trial_id)
    for name, value in attributes.items():
        trial.set_user_attr(name, value)
    if math.isfinite(loss):
        study.tell(number, loss)
    else:
        trial.set_user_attr(REASON, f"validation loss is {loss}")
        study.tell(number, state=TrialState.FAIL)


def finished(study):
    """{number: loss} of the trials that need no training any more; None where it came to no finite loss."""
    return {trial.number: trial.value for trial in study.get_trials(states=(TrialState.COMPLETE, TrialState.FAIL))}


def best(study):
    """The stored trial of the lowest loss, the first of equals. Raises InputError if none is finished."""
    trials = study.get_trials(states=(TrialState.COMPLETE,))
    if not trials:
        raise InputError("no trial has a validation loss; ask for more trials or lower the learning rates")
    return min(trials, key=lambda trial: (trial.value, trial.number))


def trial_folder(run, number):
    return Path(run) / f"trial_{number:03d}"


def write_best(run, study, search):
    """Write the best trial's net and solver, as they were trained, to <run>/best and return the solver's path."""
    sampled = trial_of(best(study), search).sample
    return write_prototxts(*apply(sampled, search.net, search.solver, search.iterations), Path(run) / BEST)
