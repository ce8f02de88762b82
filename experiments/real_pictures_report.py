"""table.md, metrics.json and report.html of experiments/real_pictures.py.

metrics.json
  experiment, title, data, model {"id", "trained_on", "synthetic"}, intervals_over "pictures" or "people"
  groups {group: {"faces", "not_found", "per_au": {row: {"positives", "negatives", rate: value, "intervals": {rate:
    [low, high]}}}, "average": {rate: value, "intervals", "aus" [rows]}}}; rates: tools/statistics/bootstrap.py
  settings, made_by, versions
"""

from data_prep.system.files import atomic
from experiments.page_settings import made_blocks
from experiments.run_files import REPORT, TABLE
from tools.folds.metrics_file import save_metrics
from tools.report.page import Section, paragraph, save_page, table
from tools.report.tables import markdown_table, number

TITLE = "Real pictures, labelled by eye"
HEAD = ["AU", "positives", "negatives", "2AFC", "hits %", "false alarms %"]
SHOWN = {"two_afc": (1, 3), "hits": (100, 0), "false_alarms": (100, 0)}  # rate: its factor and decimals
HOW_TO_READ = (
    "2AFC is the area under the ROC curve: .5 by chance. Hits are the positives that the model calls present at its "
    "own threshold, false alarms the negatives. Intervals in brackets are 95%, by the bootstrap over {}; none where "
    "fewer than five have one of the classes. Averages are over rows with at least five faces of each. Labels are "
    "those of whoever looked at the pictures, and no certified FACS coding unless a FACS coder did."
)


def group_rows(group):
    """The rows of the table of a group."""
    rows = [
        [name, values["positives"], values["negatives"], *cells(values)] for name, values in group["per_au"].items()
    ]
    if group["average"]["aus"]:
        rows.append([f"average of {len(group['average']['aus'])}", "", "", *cells(group["average"])])
    return [HEAD, *rows]


def cells(values):
    """The rates of a row with their intervals, as text."""
    for rate, (factor, digits) in SHOWN.items():
        low, high = (number(factor * end, digits) for end in values["intervals"][rate])
        value = number(factor * values[rate], digits)
        yield value if "-" in (value, low) else f"{value} ({low}-{high})"


def caption(name, group):
    """What a group's table is of."""
    lost = f", {group['not_found']} of them not found and left out" if group["not_found"] else ", all of them found"
    faces = f"{group['faces']} face{'' if group['faces'] == 1 else 's'}"
    return f"{name}: {faces}{lost}"


def save_all(out, metrics):
    """Write the three files; returns what the terminal shows."""
    groups = metrics["groups"].items()
    lead = f"{metrics['data']['pictures']}, model {metrics['model']['id']}, trained on {metrics['model']['trained_on']}"
    text = "\n\n".join([lead, *(f"{caption(*item)}\n\n{markdown_table(group_rows(item[1]))}" for item in groups)])
    save_metrics(out, metrics)
    with atomic(out / TABLE) as part:
        part.write_text(f"{text}\n", encoding="utf-8")
    blocks = [paragraph(lead), paragraph(HOW_TO_READ.format(metrics["intervals_over"]))]
    sections = [Section(name, [table(group_rows(group), caption(name, group))]) for name, group in groups]
    save_page(out / REPORT, metrics["title"], blocks, [*sections, Section("Configuration", made_blocks(metrics))])
    return text
