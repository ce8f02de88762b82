"""What the index page says of each folder of runs: of an experiment, a bundle, and of what was detected with one."""

import re
import shlex
from html import unescape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError
from data_prep.system.files import load_json
from experiments.page_settings import as_rows, dictionary_rows
from experiments.results import CLASSIFIERS, count_text
from experiments.run_files import RECORD, REPORT, RESULTS, TABLE
from experiments.run_record import load_record, wrapped
from experiments.run_state import CURRENT, DAMAGED, HALF, OLD, State, commands, fold_out_of_date, state_of
from tools.detection.bundle import CARD
from tools.detection.bundle import FACTS as BUNDLE
from tools.engines.run_folder import WEIGHTS
from tools.folds.folder import weights_path
from tools.folds.metrics_file import METRICS_FILE, load_metrics
from tools.onnx.model import MODEL
from tools.report.page import details, link_line, notice, paragraph, preformatted, table
from tools.report.tables import number
from tools.report.versions import made_by_text

FIGURES = ("*.pdf",)
HEADING = re.compile(r'<h2 id="([^"]+)">([^<]*)</h2>')


class Entry(NamedTuple):
    """What the page says of a folder."""

    name: str
    title: str
    state: State
    line: str  # its results
    made_by: dict  # version and commit, as in metrics.json
    ended: str  # date and time
    synthetic: bool
    blocks: list


def entry_of(folder, runs):
    """The Entry of a folder; None if it holds nothing that this page is about."""
    if (folder / BUNDLE).is_file():
        return bundle_entry(folder, runs)
    if (folder / METRICS_FILE).is_file() or (folder / RECORD).is_file() or (folder / REPORT).is_file():
        return run_entry(folder)
    if list(folder.glob("fold_*/task.json")):  # a run of an earlier version that has not ended
        return run_entry(folder)
    return detect_entry(folder, runs)


def run_entry(folder):
    """The Entry of an experiment."""
    record, state = load_record(folder), state_of(folder)
    begun, title, line = record["begun"] or {}, "", ""
    try:
        metrics = load_metrics(folder)
        title, line = metrics["title"], describe(metrics)
    except FileNotFoundError:  # what is begun is all that is known
        metrics = begun
        tests = len(list(folder.glob("fold_*/scores_*.npz")))
        if state.word == HALF and tests:
            line = f"{tests} {'test' if tests == 1 else 'tests'} of folds done"
    except (InputError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        metrics = {}
        why = f"{folder / METRICS_FILE}: damaged, or of another version ({error!r}); run its command again."
        state = State(DAMAGED, [why])
    title = title or begun.get("title") or folder.name
    blocks = [*links_of_run(folder), *command_blocks(commands(folder)), *configuration(metrics)]
    ended = (record["made"] or {}).get("ended", "")
    synthetic = bool(metrics.get("synthetic"))
    return finished(Entry(folder.name, title, state, line, metrics.get("made_by") or {}, ended, synthetic, blocks))


def configuration(metrics):
    """What metrics.json, or a record of what was begun, says of data, settings and versions, folded away."""
    tables = []
    if metrics.get("data"):
        tables.append(table(dictionary_rows("dataset", metrics["data"], "what it is"), "Data"))
    if metrics.get("settings"):
        tables.append(table(as_rows(metrics["settings"]), "Settings"))
    if metrics.get("versions"):
        tables.append(table(dictionary_rows("software", metrics["versions"]), "Versions"))
    return [details("Configuration and versions", tables)] if tables else []


def describe(metrics):
    """The results of a run in one line."""
    parts = []
    for name, entry in metrics.get("results", {}).items():
        if "qda" in entry:
            average = entry["qda"]["average"]
            hog = entry.get("hog_lda", {}).get("average", {}).get("two_afc")
            beside = "" if hog is None else f" ({CLASSIFIERS['hog_lda']} {number(hog, 3)})"
            parts.append(
                f"{entry['title']}: 2AFC {number(average['two_afc'], 3)}{beside}, accuracy "
                f"{number(average['accuracy'], 1)}%, average of {count_text(average['aus'])}"
            )
        if "best" in entry:
            parts.append(f"fold {name}: best validation loss {number(entry['best']['validation_loss'], 3)}")
    if "phi" in metrics:
        parts.append(f"likeness of the two maps {number(metrics['phi']['likeness'], 2)}")
    if metrics.get("shortened"):
        parts.append(f"shortened run: {', '.join(metrics['shortened'])}")
    return "; ".join(parts)


def links_of_run(folder):
    """Links to the report, each of its sections, and the other files."""
    blocks = []
    if (folder / REPORT).is_file():
        address = quote(f"{folder.name}/{REPORT}")
        sections = HEADING.findall((folder / REPORT).read_text(encoding="utf-8", errors="replace"))
        parts = [(unescape(heading), f"{address}#{name}") for name, heading in sections]
        blocks.append(link_line("Tables and figures: ", [("the whole report", address), *parts]))
    files = [folder / name for name in (TABLE, RESULTS, METRICS_FILE, "trials.csv") if (folder / name).is_file()]
    files += [path for pattern in FIGURES for path in sorted(folder.glob(pattern))]
    if files:
        links = [(path.name, quote(f"{folder.name}/{path.name}")) for path in files]
        blocks.append(link_line("Numbers and files for print: ", links))
    return blocks


def command_blocks(chain):
    """How a folder is made again: the commands [(folder, command)] in their order."""
    missing = [place.name for place, command in chain if not command]
    known = [wrapped(command) for _, command in chain if command]
    if not known:
        return [paragraph("The command that made it was not noted.")]
    several = "these commands, one after the other" if len(known) > 1 else "this command"
    blocks = [paragraph(f"Made again, in the project's folder, by {several}:"), preformatted("\n".join(known))]
    if missing:
        blocks.append(paragraph(f"How {', '.join(missing)} was made was not noted; it is needed first."))
    return blocks


def bundle_entry(folder, runs):
    """The Entry of a bundle, whose fold is the one with its weights."""
    facts = json_of(folder / BUNDLE)
    if facts is None or "files" not in facts or "id" not in facts:
        return finished(damaged(folder, "Bundle", BUNDLE))
    fold = fold_of_bundle(facts, runs)
    state, chain = State(CURRENT, []), []
    if fold is None:
        state = State(OLD, ["The fold that it was made of is not here, or was trained anew since."])
    else:
        if why := fold_out_of_date(fold):
            state = State(OLD, [f"{shown_path(fold)}: {why[0]}"])
        run = fold if (fold / RECORD).is_file() else fold.parent
        pack = ["-m", "experiments.bundle", "--fold", shown_path(fold), "--out", shown_path(folder)]
        chain = [*commands(run), (folder, f".venv/bin/python {shlex.join(pack)}")]
    links = [(name, quote(f"{folder.name}/{name}")) for name in (CARD, MODEL, BUNDLE) if (folder / name).is_file()]
    line = f"model {facts['id']}, trained on {facts.get('data')}, {count_text(facts.get('aus', []))}"
    blocks = [link_line("Model card, net and facts: ", links), *command_blocks(chain)]
    if facts.get("versions"):
        blocks.append(details("Versions", [table(dictionary_rows("software", facts["versions"]), "Versions")]))
    made_by, synthetic = facts.get("made_by") or {}, bool(facts.get("synthetic"))
    return finished(Entry(folder.name, "A model for detection", state, line, made_by, "", synthetic, blocks))


def fold_of_bundle(facts, runs):
    """The folder of the fold that has the weights of a bundle; None if there is none below `runs`."""
    for path in sorted(Path(runs).glob(f"*/*/{weights_path('.')}")):
        if file_digest(path) == facts["files"].get(WEIGHTS):
            return path.parents[1]
    return None


def detect_entry(folder, runs):
    """The Entry of the outputs of tools.detect in a folder; None if there are none."""
    found = {path: json_of(path) for path in sorted(folder.glob("*.json"))}
    found = {path: facts for path, facts in found.items() if is_detection(facts)}
    if not found:
        return None
    facts = list(found.values())[-1]
    pages = [path for path in (path.with_suffix(".html") for path in found) if path.is_file()]
    tables = [path for path in (path.with_suffix(".csv") for path in found) if path.is_file()]
    links = [
        link_line(text, [(path.name, quote(f"{folder.name}/{path.name}")) for path in paths])
        for text, paths in (("Pages: ", pages), ("Tables: ", tables))
        if paths
    ]
    bundles = sorted(Path(runs).glob(f"*/{BUNDLE}"))
    models = [path for path in bundles if (json_of(path) or {}).get("id") == facts["model"]]
    state = State(CURRENT, []) if models else State(OLD, ["The model that it was made with is not here."])
    typed = list(dict.fromkeys(entry["command"] for entry in found.values()))
    blocks = [*links, *command_blocks([(folder, command) for command in typed])]
    if models:
        blocks.append(paragraph(f"The model is that of {models[0].parent.name}, further up or down on this page."))
    blocks.append(details("Versions", [table(dictionary_rows("software", facts["versions"]), "Versions")]))
    line = f"{len(found)} input{'s' if len(found) > 1 else ''}, model {facts['model']}"
    made_by, synthetic = facts["made_by"], facts["synthetic"]
    return finished(Entry(folder.name, "Action Units detected", state, line, made_by, "", synthetic, blocks))


def is_detection(facts):
    return isinstance(facts, dict) and {"model", "command", "made_by", "versions", "synthetic"} <= set(facts)


def json_of(path):
    """What a JSON file holds; None where it is missing or damaged."""
    try:
        return load_json(path)
    except (OSError, ValueError, RecursionError):
        return None


def damaged(folder, title, name):
    """The Entry of a folder with a file that cannot be read."""
    state = State(DAMAGED, [f"{folder / name}: damaged; make it again."])
    return Entry(folder.name, title, state, "", {}, "", False, [])


def finished(entry):
    """The Entry with its state and results above its other blocks."""
    top = [paragraph(entry.line)] if entry.line else []
    if entry.state.word != CURRENT:
        top.insert(0, notice(" ".join([f"{entry.state.word.capitalize()}.", *entry.state.reasons[:3]])))
    if entry.made_by:
        when = f"; ended {entry.ended}" if entry.ended else ""
        top.append(paragraph(f"Made by {made_by_text(entry.made_by)}{when}."))
    return entry._replace(blocks=[*top, *entry.blocks])


def shown_path(path):
    """A path as one would write it in the project's folder."""
    path = Path(path).resolve()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
