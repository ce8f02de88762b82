"""The same folds with several seeds: how far results differ by chance, of splits, first weights and orders of frames.

Data stay as they are, and so do the subjects that are held out one by one: only who of the others trains and who
validates differs. The first seed's run is what a run without --seeds would be; the others stand in seed<n>/ of the run
folder and of the nets' folder.
"""

import argparse
from pathlib import Path

import numpy as np

from data_prep.system.arguments import positive
from tools.statistics.intervals import WITH_INTERVALS
from tools.statistics.metrics import mean


def add_seeds_option(commands):
    commands.add_argument(
        "--seeds",
        type=positive,
        default=1,
        help="as many runs with other seeds, from --seed on; reports tell how far they are apart (default %(default)s)",
    )


def settings_of_seeds(settings):
    """[settings of each seed], the command's own first."""
    return [settings, *(of_seed(settings, settings.seed + more) for more in range(1, getattr(settings, "seeds", 1)))]


def of_seed(settings, seed):
    changed = {"seed": seed, "out": str(Path(settings.out) / f"seed{seed}")}
    if settings.nets:
        changed["nets"] = str(Path(settings.nets) / f"seed{seed}")
    return argparse.Namespace(**vars(settings) | changed)


def named_by_seed(tasks, seed):
    """The FoldTasks of another seed, named so that progress tells them apart."""
    return [task._replace(name=f"{task.name}, seed {seed}") for task in tasks]


def with_seeds(results, others, seeds):
    """`results` {name: entry} of the first seed with what the `others` [results], of `seeds`, have.

    Each entry gets "seeds", their numbers; values of a classifier get "seeds" {metric: [value of each run]}.
    """
    if not others:
        return results
    return {
        name: of_all(entry, [other[name] for other in others]) | {"seeds": seeds} for name, entry in results.items()
    }


def of_all(entry, others):
    entry = dict(entry)
    for classifier in [name for name, values in entry.items() if isinstance(values, dict) and "by_subject" in values]:
        runs = [run[classifier] for run in (entry, *others) if classifier in run]
        per_au = {
            au: values | {"seeds": values_of([run["per_au"][au] for run in runs])}
            for au, values in entry[classifier]["per_au"].items()
        }
        average = entry[classifier]["average"] | {"seeds": averages_of(runs, entry["averaged"])}
        entry[classifier] = entry[classifier] | {"per_au": per_au, "average": average}
    return entry


def values_of(runs):
    return {metric: [run[metric] for run in runs] for metric in WITH_INTERVALS}


def averages_of(runs, aus):
    """{metric: [average over the AU numbers `aus` in each run]}; NaN where one of them is undefined."""
    return {metric: [mean([run["per_au"][str(au)][metric] for au in aus]) for run in runs] for metric in WITH_INTERVALS}


def spread(values, metric):
    """The standard deviation of a metric between seeds; NaN where there is one seed, or it is undefined in one."""
    numbers = [np.nan if value is None else value for value in values.get("seeds", {}).get(metric, [])]
    return float(np.std(numbers, ddof=1)) if len(numbers) > 1 else np.nan
