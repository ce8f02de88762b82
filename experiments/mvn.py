"""Where the mean-variance normalization layer stands (paper: Sec. IV, which says that it helps, not where it stands).

  python -m experiments.mvn --out runs/mvn --disfa /path/to/DISFA

Trains the net with the layer right after the data (used), after conv1, and without it, on the first fold's training
subjects, and reports the lowest validation loss of each. All three have the same seed, data order and iterations.
"""

from pathlib import Path

from data_prep.datasets.table import DISFA
from data_prep.system.errors import one_clear_error
from experiments.datasets import prepared
from experiments.experiment import check_settings
from experiments.facts import shortened, warnings_of
from experiments.held_out import add_split_option, held_out_tasks
from experiments.options import parser, used
from experiments.page_settings import made_blocks
from experiments.recorded import run_folder
from experiments.run_files import REPORT, TRAINING_PLOT
from experiments.run_record import command_line
from tools.engines.run_folder import load_losses
from tools.folds.cluster import run_tasks
from tools.folds.folder import TRAINING
from tools.folds.metrics_file import save_metrics
from tools.folds.progress import Progress
from tools.folds.training import validate
from tools.net.edits import MVN_PLACES
from tools.net.prototxt import load_solver
from tools.report.page import Section, notice, paragraph, picture, save_page, table
from tools.report.plots import plot_training
from tools.report.tables import markdown_table, number
from tools.report.versions import made_by, versions

TITLE = "Where the mean-variance normalization stands"
NAMES = {"input": "right after the data (used)", "conv1": "after conv1", "none": "none"}


@one_clear_error
def main(argv=None):
    commands = parser(__doc__, [DISFA])
    add_split_option(commands)
    settings = commands.parse_args(argv)
    out = Path(settings.out)
    check_settings(settings, [DISFA])
    with run_folder(settings, TITLE) as sources:
        data = prepared([DISFA], settings, lambda data: held_out_tasks(settings, data[DISFA]))[DISFA]
        first = held_out_tasks(settings, data)[0][0]
        tasks = [first._replace(name=place, folder=str(out / place), mvn=place) for place in MVN_PLACES]
        max_iter = settings.iterations or load_solver(first.solver).max_iter
        with Progress(tasks, {TRAINING: max_iter}) as progress:
            found = {}
            for task, values in run_tasks(validate, tasks, settings.jobs, settings.scheduler, lambda task: task.name):
                found[task.name] = values
                progress.done(task)
        sources.folds += [task.folder for task in tasks]
        metrics = {
            "experiment": "mvn",
            "title": TITLE,
            "data": {DISFA: data.name},
            "synthetic": data.synthetic,
            "shortened": shortened(max_iter),
            "max_iter": max_iter,
            "seed": settings.seed,
            "settings": used(settings),
            "versions": versions(settings.engine),
            "made_by": made_by(),
            "command": command_line(),
            "results": {
                place: dict(zip(("validation_loss", "best_iteration", "stopped_at"), found[place]))
                for place in MVN_PLACES
            },
        }
        rows = table_rows(metrics["results"])
        save_report(out, metrics, rows, tasks)
        save_metrics(out, metrics)
    print(f"{metrics['title']}, on {data.name}\n\n{markdown_table(rows)}\n\neverything is in {out}")


def table_rows(results):
    """Rows: the lowest validation loss of each place."""
    rows = [["MVN", "lowest validation loss (nats)", "at iteration", "stopped at"]]
    rows += [
        [NAMES[place], number(entry["validation_loss"], 4), entry["best_iteration"], entry["stopped_at"]]
        for place, entry in results.items()
    ]
    return rows


def save_report(out, metrics, rows, tasks):
    """Write training.png and report.html."""
    plot_training(
        out / TRAINING_PLOT,
        {NAMES[task.mvn]: load_losses(Path(task.folder) / TRAINING) for task in tasks},
        f"{metrics['title']}, {metrics['data'][DISFA]}",
    )
    save_page(
        out / REPORT,
        metrics["title"],
        [notice(text) for text in warnings_of(metrics)],
        [
            Section(
                "Result",
                [
                    paragraph("The same net, seed and data order, with the layer in three places."),
                    table(rows, "Lowest loss on the validation subjects of the first fold"),
                    picture(out / TRAINING_PLOT, "Training and validation loss", "Loss against iterations."),
                ],
            ),
            Section("Configuration", made_blocks(metrics)),
        ],
    )


if __name__ == "__main__":
    main()
