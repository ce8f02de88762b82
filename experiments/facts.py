"""What a run was: the head of metrics.json, and what a reader must know before any number."""

from experiments.neutral import neutral_facts, neutral_notes
from experiments.options import used
from experiments.run_record import command_line
from tools.engines.training import patience
from tools.folds.training import trained_iterations
from tools.net.prototxt import load_solver
from tools.report.tables import number
from tools.report.versions import made_by, versions

PAPER_ITERATIONS = 5000  # paper: Sec. V, the fewest it trains


def run_facts(experiment, title, prepared, settings, tasks, held_out_of=None):
    """The head of metrics.json. `held_out_of`: the number of folds of a full run, if this one may have fewer."""
    solver = load_solver(tasks[0].solver)
    max_iter = settings.iterations or solver.max_iter
    notes = [f"{data.dataset.title}: {note}." for data in prepared.values() for note in data.notes]
    notes += neutral_notes(neutral_facts(tasks))
    return {
        "experiment": experiment,
        "title": title,
        "data": {key: data.name for key, data in prepared.items()},
        "synthetic": any(data.synthetic for data in prepared.values()),
        "shortened": shortened(max_iter, len(tasks), held_out_of or len(tasks)),
        "engine": settings.engine,
        "folds": {task.name: {name: list(names) for name, names in task.fold.tests.items()} for task in tasks},
        "settings": used(settings) | {"max_iter": max_iter, "patience": patience(max_iter)},
        "stopped_at": {task.name: trained_iterations(task) for task in tasks},
        "detection": {key: data.detection for key, data in prepared.items()},
        "facts": {key: data.facts for key, data in prepared.items()},
        **({"notes": notes} if notes else {}),
        "versions": versions(settings.engine),
        "made_by": made_by(),
        "command": command_line(),
    }


def shortened(max_iter, folds=1, full=1, least=PAPER_ITERATIONS):
    """[why this is not the paper's full run]: by a `max_iter` below `least`, or by `folds` of `full` ones."""
    reasons = []
    if max_iter < least:
        reasons.append(f"at most {max_iter} iterations instead of the paper's {PAPER_ITERATIONS} to 10000")
    if folds < full:
        reasons.append(f"{folds} of {full} folds")
    return reasons


def warnings_of(metrics):
    """What a reader must know before any number: sentences."""
    if metrics["synthetic"]:
        names = ", ".join(sorted(set(metrics["data"].values())))
        yield f"Computed on {names}: these numbers show that the system works and say nothing about the datasets."
    if metrics.get("shortened"):
        yield f"A shortened run: {', '.join(metrics['shortened'])}."


def faces_found(metrics):
    """In how many frames a face was found: a sentence."""
    rates = [
        f"{number(100 * found['faces'] / max(found['frames'], 1), 2)}% of {found['frames']} frames of "
        f"{metrics['data'][key]} ({found['coded_missed']} of {found['coded']} coded frames are lost)"
        for key, found in metrics["detection"].items()
    ]
    return f"Accuracies are on frames in which a face was found: {'; '.join(rates)}."


def data_facts(metrics):
    """[[dataset, heading, text]] on what was found in the data and how they were read."""
    return [
        [metrics["data"][key], heading, text]
        for key, facts in metrics.get("facts", {}).items()
        for heading, text in facts.items()
    ]
