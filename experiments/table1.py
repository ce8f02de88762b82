"""Table I: DISFA, leave-one-subject-out, 12 AUs (paper: Sec. VI), beside a PCA + LDA baseline.

  python -m experiments.table1 --disfa /path/to/DISFA --out runs/table1
  python -m experiments.table1 --out runs/demo --iterations 600 --subjects 6

Without a folder it runs on synthetic faces in DISFA's layout. Leaves in --out metrics.json (experiments/results.py has
its schema), report.html, tables and pictures, and a folder per fold. Stopped at any point, the same command goes on
where it was.
"""

from pathlib import Path

from data_prep.datasets.table import DISFA
from data_prep.system.errors import one_clear_error
from experiments.experiment import run_experiment
from experiments.held_out import add_split_option, held_out_result, held_out_tasks
from experiments.options import parser
from experiments.published_tables import load_published
from experiments.seeds import add_seeds_option

PUBLISHED = Path(__file__).parent / "published" / "table1.csv"


def plan(settings, data):
    return held_out_tasks(settings, data[DISFA])


def results(settings, data, tasks):
    return {settings.split: held_out_result(settings, data[DISFA], tasks, load_published(PUBLISHED))}


@one_clear_error
def main(argv=None):
    commands = parser(__doc__, [DISFA])
    add_split_option(commands)
    add_seeds_option(commands)
    settings = commands.parse_args(argv)
    run_experiment(
        settings,
        name="table1",
        title="Table I: DISFA, held-out subjects",
        keys=[DISFA],
        plan=plan,
        results=results,
    )


if __name__ == "__main__":
    main()
