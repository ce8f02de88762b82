"""Data of your own, described by a CSV: each subject held out in turn, beside a PCA + LDA baseline.

  python -m experiments.loso --csv mine.csv --out runs/loso_mine
  python -m experiments.loso --csv mine.csv --out runs/loso_mine --split 5fold

What Table I is for DISFA, with the AUs that the CSV has. data_prep/README.md says what a CSV looks like, and `make
check-data CSV=` what will be wrong. Without a CSV it runs on synthetic people. Stopped at any point, the same command
goes on where it was; an edited CSV, too, makes anew only what depends on the rows that changed.
"""

from data_prep.datasets.table import FILES
from data_prep.system.errors import one_clear_error
from experiments.datasets import titles
from experiments.experiment import run_experiment
from experiments.held_out import add_split_option, held_out_result, held_out_tasks
from experiments.options import parser
from experiments.seeds import add_seeds_option

OWN = FILES.key


def plan(settings, data):
    return held_out_tasks(settings, data[OWN])


def results(settings, data, tasks):
    return {settings.split: held_out_result(settings, data[OWN], tasks)}


@one_clear_error
def main(argv=None):
    commands = parser(__doc__, [OWN])
    add_split_option(commands)
    add_seeds_option(commands)
    settings = commands.parse_args(argv)
    run_experiment(
        settings,
        name="loso",
        title=f"{titles([OWN], settings)[OWN]}: held-out subjects",
        keys=[OWN],
        plan=plan,
        results=results,
    )


if __name__ == "__main__":
    main()
