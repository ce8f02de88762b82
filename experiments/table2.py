"""Table II: BP4D, leave-one-subject-out, 10 AUs; and FERA 2015's partitions, 7 AUs (paper: Sec. VI).

  python -m experiments.table2 --bp4d /path/to/BP4D --out runs/table2

Trains and validates on FERA 2015's training and development subjects, without the one that is tested. The second result
trains on the training subjects and tests on the development ones; early stopping then sees a quarter of the training
subjects, unless --literal lets it see the development subjects, as the paper's words would have it.
"""

from pathlib import Path

from data_prep.datasets.table import BP4D
from data_prep.system.errors import one_clear_error
from experiments.experiment import Extras, run_experiment
from experiments.held_out import add_split_option, held_out_result, held_out_tasks
from experiments.nets import DEV, bp4d_fera
from experiments.options import parser
from experiments.published_tables import load_published
from experiments.results import result
from experiments.seeds import add_seeds_option
from tools.folds.run import pool_scores

PUBLISHED = Path(__file__).parent / "published"
SEVEN_AUS = (1, 2, 4, 6, 12, 15, 17)  # paper: Sec. VI, those that FERA 2015's baseline has too


def plan(settings, data):
    tasks, full = held_out_tasks(settings, data[BP4D])
    return [*tasks, bp4d_fera(settings, data, literal=settings.literal)], full + 1


def results(settings, data, tasks):
    *held_out, fera = tasks
    title = "FERA 2015: training -> development"
    if settings.literal:
        title += ", early stopping on development"
    return {
        settings.split: held_out_result(settings, data[BP4D], held_out, load_published(PUBLISHED / "table2.csv")),
        "fera_dev": result(
            title=title,
            tested_on=data[BP4D].name,
            pooled=pool_scores([fera], DEV),
            aus=SEVEN_AUS,
            published=load_published(PUBLISHED / "table2_dev.csv"),
            columns=fera.aus,
        ),
    }


def extras(settings, out, metrics, tasks):
    """The Extras: a remark on the paper's table."""
    note = (
        "The paper's Table II sets its development result beside FERA 2015's baseline, a 2AFC of .427, which "
        "a trained detector can hardly have and which may be an F1; no comparison with it is made here."
    )
    return Extras(notes=[note])


@one_clear_error
def main(argv=None):
    commands = parser(__doc__, [BP4D])
    add_split_option(commands)
    commands.add_argument("--literal", action="store_true", help="stop early by the development subjects, which leaks")
    add_seeds_option(commands)
    settings = commands.parse_args(argv)
    run_experiment(
        settings,
        name="table2",
        title="Table II: BP4D, held-out subjects",
        keys=[BP4D],
        plan=plan,
        results=results,
        extras=extras,
    )


if __name__ == "__main__":
    main()
