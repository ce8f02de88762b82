"""Figs. 2 and 3: t-SNE of the net's features for AU 12 and AU 15 (paper: Sec. VI), present red, absent blue.

  python -m experiments.embedding --source bp4d --out runs/fig2 --bp4d /path/to/BP4D --disfa /path/to/DISFA
  python -m experiments.embedding --source disfa --out runs/fig3 --bp4d /path/to/BP4D --disfa /path/to/DISFA

Fig. 2: the net of FERA 2015's training subjects on its development subjects and on DISFA. Fig. 3: the net of 75% of
DISFA's subjects on the other 25% and on BP4D.
"""

from pathlib import Path

from data_prep.datasets.table import BP4D, DATASETS, DISFA
from data_prep.system.errors import one_clear_error
from experiments.experiment import Extras, run_experiment
from experiments.nets import DEV, bp4d_fera, disfa_split
from experiments.options import parser
from experiments.results import result
from tools.folds.run import pool_scores
from tools.report.plot_embedding import SEPARATION, described, embed, plot_embeddings

AUS = (12, 15)  # paper: Figs. 2 and 3
FIGURES = {BP4D: ("fig2", bp4d_fera, DISFA), DISFA: ("fig3", disfa_split, BP4D)}


def plan(settings, data):
    _, net, target = FIGURES[settings.source]
    return [net(settings, data, target)], 1


def tests(settings):
    """{test set: its title}"""
    source, target = settings.source, FIGURES[settings.source][2]
    return {DEV: f"{DATASETS[source].title}, held-out subjects", target: DATASETS[target].title}


def results(settings, data, tasks):
    target = FIGURES[settings.source][2]
    return {
        test: result(
            title=f"{DATASETS[settings.source].title} -> {title}",
            tested_on=data[target if test == target else settings.source].name,
            pooled=pool_scores(tasks, test),
            aus=AUS,
            columns=tasks[0].aus,
        )
        for test, title in tests(settings).items()
    }


def extras(settings, out, metrics, tasks):
    """Plot the figure; returns the Extras with it."""
    panels, counts = {}, {}
    for test, title in tests(settings).items():
        pooled = pool_scores(tasks, test)
        index, xy = embed(pooled.feature, settings.seed)
        counts[title] = (len(index), len(pooled.feature))
        panels[title] = {f"AU {au}": (xy, pooled.label[index, tasks[0].aus.index(au)]) for au in AUS}
    path = Path(out) / metrics["experiment"]
    plot_embeddings(path, panels, "\n".join([metrics["title"], *sorted(set(metrics["data"].values()))]))
    caption = (
        f"The features that QDA sees. {described(settings.seed, counts)}. Each test set is embedded on its own, so "
        f"that places in different panels do not compare. {SEPARATION[:1].upper()}{SEPARATION[1:]}."
    )
    return Extras(pictures=[(path, caption)])


@one_clear_error
def main(argv=None):
    commands = parser(__doc__, [DISFA, BP4D])
    commands.add_argument("--source", choices=FIGURES, required=True, help="dataset the net is trained on")
    settings = commands.parse_args(argv)
    name = FIGURES[settings.source][0]
    title = f"Fig. {name[3:]}: features of a net trained on {DATASETS[settings.source].title}"
    run_experiment(
        settings,
        name=name,
        title=title,
        keys=[DISFA, BP4D],
        plan=plan,
        results=results,
        extras=extras,
    )


if __name__ == "__main__":
    main()
