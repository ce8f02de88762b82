"""Classifiers on frames of one's own people and rendered ones together, and what they are worth for people left out."""

import numpy as np

from experiments.ready import rate
from experiments.ready_model import calibrated, columns_2afc, fit_parts, linear_of, projections, seen_by
from tools.statistics.calibration import Calibration
from tools.statistics.intervals import FEWEST as LEAST_PEOPLE
from tools.statistics.intervals import paired
from tools.statistics.linear import Linear, fit_curves
from tools.statistics.scored import scored

SHARES = (0.05, 0.2, 0.5, 0.8)  # ours: of all weight, that of the own frames
MANY = 12  # ours: own people, with whom classifiers go half of the way to those that are fitted anew
GROUPS = 5  # ours: of people, in the cross-validation that chooses the share
DRAWS = 3  # ours: choices of people for each point of the learning curve
FEWEST = 5  # ours: own frames of each class, to judge or to adapt an AU


class Adaptation:
    """bundle  the Bundle to adapt, of linear classifiers
    own      Shown of own people, labels in the order of the bundle's AUs
    beside   Shown of rendered people, likewise
    """

    def __init__(self, bundle, own, beside, seed=0):
        self.bundle, self.own, self.beside = bundle, own, beside
        self.rng = np.random.default_rng(seed)
        self.seen, self.rendered = seen_by(bundle, own), seen_by(bundle, beside)
        self.through = projections(self.rendered)
        self.people = sorted(set(own.subject.tolist()))
        self.ways = [bundle.facts["measured"][str(au)]["rests_on"] for au in bundle.aus]
        self.judged = [column for column, truth in enumerate(own.label.T)
                       if min((truth == 1).sum(), (truth == 0).sum()) >= FEWEST]  # fmt: skip
        self.ready = bundle.linear.scores(self.seen.net, self.seen.shape)
        self.score, self.shares = self.left_out_scores()
        self.compared = self.compare()
        kept = self.kept_as_it_was()
        self.adapted = [column for column in range(len(bundle.aus)) if column not in kept]
        self.share = float(np.median(self.shares)) if len(self.shares) else SHARES[0]

    # ---- fitting ----------------------------------------------------------------------------------------------

    def fit(self, rows, share):
        """The Linear of the bundle, moved toward one on all rendered frames and the own frames `rows`, which have the
        `share` of all weight."""
        seen = type(self.seen)(*(np.concatenate([all_, own[rows]]) for all_, own in zip(self.rendered, self.seen)))
        label = np.concatenate([self.beside.label, self.own.label[rows]])
        each = share / (1 - share) * len(self.beside.label) / max(len(rows), 1)
        weight = np.concatenate([np.ones(len(self.beside.label)), np.full(len(rows), each)])
        new = linear_of(fit_parts(seen, label, self.through, weight), self.ways)
        count = len(np.unique(self.own.subject[rows]))
        amount = count / (count + MANY)
        return Linear(*((1 - amount) * old + amount * values for old, values in zip(self.bundle.linear, new)))

    def of(self, people):
        return np.flatnonzero(np.isin(self.own.subject, people))

    def scores(self, linear, rows):
        return linear.scores(self.seen.net[rows], self.seen.shape[rows])

    def mean_2afc(self, score, rows):
        """The mean 2AFC of the AUs that can be judged by the own frames `rows`; NaN of none."""
        values = columns_2afc(self.own.label[rows], score)[self.judged]
        return float(np.nanmean(values)) if not np.isnan(values).all() else np.nan

    def best_share(self, people):
        """The share with which people of some groups of `people` are scored best by the others."""
        groups = [part.tolist() for part in np.array_split(self.rng.permutation(people), min(GROUPS, len(people)))]
        if len(groups) < 2:
            return SHARES[len(SHARES) // 2]
        rows = np.concatenate([self.of(group) for group in groups])
        means = []
        for share in SHARES:
            parts = []
            for group in groups:
                linear = self.fit(self.of([name for name in people if name not in group]), share)
                parts.append(self.scores(linear, self.of(group)))
            means.append(self.mean_2afc(np.concatenate(parts), rows))
        return SHARES[int(np.nanargmax(means))] if not np.isnan(means).all() else SHARES[len(SHARES) // 2]

    # ---- leaving people out ---------------------------------------------------------------------------------------

    def left_out_scores(self):
        """(float64 [n, C] of own frames by classifiers that have not seen that person; the shares that were chosen)."""
        score, shares = np.full(self.own.label.shape, np.nan), []
        for name in self.people if len(self.people) > 1 else []:
            others = [other for other in self.people if other != name]
            shares.append(self.best_share(others))
            rows = self.of([name])
            score[rows] = self.scores(self.fit(self.of(others), shares[-1]), rows)
        return score, shares

    def learning_curve(self):
        """{number of people that train: mean 2AFC of those left out}; 0 is the model as it was."""
        everyone = np.arange(len(self.own.label))
        curve = {0: self.mean_2afc(self.ready, everyone)}
        counts = sorted({1, 2, 4, 8, 16, len(self.people) - 1} & set(range(1, len(self.people))))
        for count in counts:
            values = []
            for _ in range(DRAWS if count < len(self.people) - 1 else 1):
                score = np.empty_like(self.ready)
                for name in self.people:
                    others = self.rng.permutation([other for other in self.people if other != name])[:count]
                    score[self.of([name])] = self.scores(self.fit(self.of(others), self.share), self.of([name]))
                values.append(self.mean_2afc(score, everyone))
            curve[count] = float(np.mean(values))
        return curve

    def compare(self):
        """{"per_au": {AU: {"positives", "ready", "adapted" 2AFC, "difference", "interval"}} of the AUs that can be
        judged, "average": {"difference", "interval"} over these}"""
        own, aus = self.own, [self.bundle.aus[column] for column in self.judged]
        sides = [self.as_scored(score) for score in (np.nan_to_num(self.score), self.ready)]
        differences = paired(*sides, aus)
        average = differences["average"]["two_afc"]
        afc = [columns_2afc(own.label, score)[self.judged] for score in (self.score, self.ready)]
        per_au = {
            str(au): {
                "positives": int((own.label[:, column] == 1).sum()),
                "ready": float(ready),
                "adapted": float(adapted),
                "difference": float(adapted - ready),
                "interval": differences["per_au"][str(au)]["two_afc"]["interval"],
            }
            for au, column, adapted, ready in zip(aus, self.judged, *afc)
        }
        return {"per_au": per_au, "average": {name: average[name] for name in ("difference", "interval")}}

    def as_scored(self, score):
        """The Scored of the AUs that can be judged."""
        return scored(self.own.label[:, self.judged], score[:, self.judged], self.own.subject)

    def kept_as_it_was(self):
        """The columns of AUs that are surely worse for people left out; too few people tell of none that it is not."""
        if len(self.people) < LEAST_PEOPLE:
            return list(range(len(self.bundle.aus)))
        columns = {str(self.bundle.aus[column]): column for column in self.judged}
        return [columns[au] for au, each in self.compared["per_au"].items() if each["interval"][1] < 0]

    # ---- what comes of it ---------------------------------------------------------------------------------------

    def facts(self):
        compared, is_known = self.compared["per_au"], len(self.people) >= LEAST_PEOPLE
        return {
            "people": self.people,
            "frames": len(self.own.label),
            "share": self.share,
            **self.compared,
            "better": [int(au) for au, each in compared.items() if is_known and each["difference"] > 0],
            "adapted": [self.bundle.aus[column] for column in self.adapted],
            "verdicts": {str(au): verdict(compared.get(str(au)), is_known) for au in self.bundle.aus},
            "learning_curve": self.learning_curve(),
        }

    def fitted(self):
        """(Linear, Calibration): adapted where that is better, else those of the bundle."""
        if not self.adapted:
            return self.bundle.linear, self.bundle.calibration
        new = self.fit(np.arange(len(self.own.label)), self.share)
        lines = self.calibration()
        return (
            Linear(
                *(replaced(old, at, self.adapted) for old, at in zip(self.bundle.linear, new.columns(self.adapted)))
            ),
            Calibration(*(replaced(old, at, self.adapted) for old, at in zip(self.bundle.calibration, lines))),
        )

    def calibration(self):
        """The Calibration of the adapted AUs by own people left out; by rendered frames where few of them show it."""
        columns, new = self.adapted, self.fit(np.arange(len(self.own.label)), self.share)
        own = calibrated(self.score[:, columns], self.own.label[:, columns])
        beside = new.scores(self.rendered.net, self.rendered.shape)[:, columns]
        other = calibrated(beside, self.beside.label[:, columns])
        is_judged = np.isin(columns, self.judged)
        return Calibration(*(np.where(is_judged, one, another) for one, another in zip(own, other)))

    def curves(self, linear):
        """Curves of the intensities, by the rendered frames; those of the bundle where its classifiers are kept."""
        if not self.adapted:
            return self.bundle.curves
        score = linear.scores(self.rendered.net, self.rendered.shape)[:, self.adapted]
        own = fit_curves(score, self.beside.intensity[:, self.adapted])
        return type(own)(*(replaced(old, at, self.adapted) for old, at in zip(self.bundle.curves, own)))

    def measured(self, calibration):
        """{AU: how well it does on own people left out, as the model card has it}."""
        measured = {}
        afc = {"ready": columns_2afc(self.own.label, self.ready), "adapted": columns_2afc(self.own.label, self.score)}
        for column, au in enumerate(self.bundle.aus):
            score = (self.score if column in self.adapted else self.ready)[:, column]
            truth, called = self.own.label[:, column], score > calibration.threshold[column]
            measured[str(au)] = {
                "rests_on": self.ways[column],
                "two_afc": {name: values[column] for name, values in afc.items()},
                "hits": rate(called, truth == 1),
                "false_alarms": rate(called, truth == 0),
                "intensity_correlation": {},
            }
        return measured


def verdict(compared, is_known):
    """What is to be said of an AU by its entry of `Adaptation.compared`."""
    if not is_known:
        return "cannot be known"
    if compared is None:
        return f"cannot be judged: fewer than {FEWEST} frames with or without it"
    low, high = compared["interval"]
    if high < 0:
        return "worse; kept as it was"
    if low > 0:
        return "helps"
    return "seems to help" if compared["difference"] > 0 else "no clear difference"


def replaced(values, others, columns):
    """A copy of `values` [C, ...] with `others` in the `columns`."""
    copy = np.array(values)
    copy[columns] = others
    return copy
