"""Fig. 1: the architecture, drawn from the prototxts themselves: an edited net gives another drawing.

python -m experiments.fig1 --out runs/fig1
"""

import argparse
from pathlib import Path

from data_prep.datasets.table import BP4D, DATASETS, DISFA
from data_prep.system.errors import one_clear_error
from experiments.recorded import run_folder
from experiments.run_files import REPORT
from experiments.run_record import command_line
from tools.folds.metrics_file import save_metrics
from tools.report.net_drawing import draw_net_file
from tools.report.page import Section, details, paragraph, picture, preformatted, save_page
from tools.report.versions import made_by, made_by_text

TITLE = "Fig. 1: the architecture"


def save_figure_page(out, nets):
    """Draw the nets {name: path of a train_val.prototxt} into the folder `out`, with report.html and metrics.json."""
    metrics = {
        "experiment": "fig1",
        "title": TITLE,
        "data": {},
        "nets": nets,
        "made_by": made_by(),
        "command": command_line(),
    }
    sections = []
    for name, path in nets.items():
        net = draw_net_file(path, None, out / name)
        caption = f"{path}: shapes are channels x height x width of one image, numbers of weights include biases"
        sections.append(
            Section(
                name,
                [picture(out / f"{name}.png", f"The net of {path}", caption), details(path, [preformatted(str(net))])],
            )
        )
    save_page(
        out / REPORT,
        TITLE,
        [
            paragraph("Drawn from the prototxt files, so that they cannot drift apart."),
            paragraph(f"Made by {made_by_text(metrics['made_by'])}."),
        ],
        sections,
    )
    save_metrics(out, metrics)


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="folder for the pictures and report.html")
    parser.add_argument("--index", metavar="FOLDER", help="refresh index.html in it, the page over all runs")
    parser.add_argument("--net", help="train_val.prototxt instead of the two committed ones")
    arguments = parser.parse_args(argv)
    out = Path(arguments.out)
    if arguments.net:
        nets = {Path(arguments.net).stem: arguments.net}
    else:
        nets = {key: DATASETS[key].prototxt("train_val") for key in (BP4D, DISFA)}
    with run_folder(arguments, TITLE) as sources:
        sources.files += nets.values()
        save_figure_page(out, nets)
    print(f"{', '.join(str(out / name) for name in nets)}: .pdf and .png, and {out}/report.html")


if __name__ == "__main__":
    main()
