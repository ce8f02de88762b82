"""What the muscles of one person do: for every AU and side, how each vertex moves at intensity 5."""

import numpy as np

from data_prep.rendered.geometry import bump, smoothstep
from data_prep.rendered.head import SIDES
from data_prep.rendered.muscles import FIELDS, SEAM, displacement, side_share
from data_prep.rendered.raster import normals
from data_prep.rendered.recipes import AUS, MIDLINE_AUS, TOGETHER, UNLABELED

NAMES = (*AUS, *UNLABELED, *TOGETHER)
ROW = {name: row for row, name in enumerate(NAMES)}
CURVE = 0.68  # ours: weight = (intensity / 5) ** CURVE, as a trace (A) is already a visible movement
UNEVEN = 0.08  # ours: standard deviation between the sides of a face
STRENGTH = 0.11  # ours: standard deviation of how strongly people show an AU
CLOSER = 0.08  # ours: weight of AU 25 by which resting lips are pressed together
OVERLAP = 0.004  # ours: how far the lips may reach into each other, dm
BEHIND_CLOSED = 1.0  # ours: how far teeth and tongue stand back behind closed lips, so that no gap shows them, dm
SHOWS = 0.6  # ours: share of that opening from which teeth are in their place
NARROWER = 0.25  # ours: by how much a dropped jaw narrows the pouch behind the lips, which else comes through the cheek
POUCH_TOP = 6.78  # ours: height below which the inside of the mouth lies
RESTING_LIDS = 0.45  # ours: most of AU 5 that resting lids have, as the shapes have rather narrow ones
OPENS = 0.35  # ours: weight of AU 25 from which lips part as far as all movements together part them


def movements(source, identity, rng):
    """float32 [len(NAMES), 2, n, 3]: movement by each of NAMES and side, at weight 1."""
    head = source.shapes.head
    normal = normals(identity.vertices, head.skin)
    moves = np.zeros((len(NAMES), 2, *head.rest.shape), np.float32)
    for name in NAMES:
        strength = np.clip(rng.normal(1, STRENGTH), 0.75, 1.22)
        sides = 1 + UNEVEN * rng.standard_normal(2) * (name not in MIDLINE_AUS and name != 43)
        for term in source.recipes[name]:
            weight = rng.uniform(term.low, term.high) * (1 if name == 43 else strength)
            for k, side in enumerate(SIDES):
                moved = term_movement(source, identity, normal, term.name, side)
                moves[ROW[name], k] += np.float32(weight * sides[k]) * moved
    x, y, _ = head.rest.T
    pouch = NARROWER * smoothstep(0.5, 1, head.cavity) * (y < POUCH_TOP)
    moves[ROW[26], :, :, 0] -= 0.5 * pouch * x
    return moves


def open_lids(moves, rng):
    """The movement float32 [n, 3] that makes resting eyes wider; closing them (AU 43) undoes it, in `moves`."""
    wider = np.float32(rng.uniform(0, RESTING_LIDS)) * moves[ROW[5]]
    moves[ROW[43]] -= wider
    return wider.sum(0)


def term_movement(source, identity, normal, name, side):
    """The movement float32 [n, 3] of one side by a unit of the source or a muscle, at weight 1."""
    rest = source.shapes.head.rest
    if name in FIELDS:
        return displacement(name, rest, normal, side)
    own = name.format(side=side, Side=side.title(), s=side[0], S=side[0].upper())
    moved = source.shapes.unit(identity, own)
    return moved if own != name else moved * side_share(rest[:, 0], side)[:, None].astype(np.float32)


def upper_lip(rest):
    """The movement float32 [n, 3] that lifts the upper lip by a decimeter, to make room for the lower one."""
    x, y, z = rest.T
    lift = bump(x, 0, 0.27) * smoothstep(SEAM - 0.006, SEAM + 0.006, y) * smoothstep(6.88, 6.68, y) * (z > 0.6)
    return np.stack([0 * x, lift, 0 * x], 1).astype(np.float32)


def lower_lip(rest, parting):
    """The movement float32 [n, 3] that lifts the lower lip, which `parting` [n, 3] lowers, by a decimeter."""
    x, y, z = rest.T
    lower = np.where(np.abs(parting[:, 1]) > 1e-4, parting[:, 1] < 0, y < SEAM)
    lift = bump(x, 0, 0.30) * lower * smoothstep(6.30, 6.50, y) * smoothstep(SEAM + 0.06, SEAM + 0.01, y) * (z > 0.6)
    return np.stack([0 * x, lift, 0 * x], 1).astype(np.float32)


def sealing(head, parting):
    """Vertices int [m] about the lips, and float32 [m, k]: how much lower each must be for the seam's gaps.

    Upper and lower lip each go half the way; which is which shows where `parting` [n, 3] moves them.
    """
    x, y, z = head.rest.T
    near = np.flatnonzero((np.abs(y - SEAM) < 0.16) & (np.abs(x) < 0.36) & (z > 0.9))
    near = np.intersect1d(near, head.skin)
    x, y = x[near], y[near]
    moved = parting[near, 1]
    half = np.where(np.where(np.abs(moved) > 1e-4, moved, y - SEAM) > 0, 0.5, -0.5) * bump(y, SEAM, 0.07)
    share = bump(x[:, None], head.rest[head.seam[0], 0][None], 0.03)
    share /= share.sum(1, keepdims=True) + 1e-6
    return near, (half[:, None] * share).astype(np.float32)


class Muscles:
    """Moves a person's vertices: movements, with lips that touch where AU 25 does not part them.

    resting  float32 [n, 3]: what closes lips that the shape of a face has left apart, and opens its lids
    """

    def __init__(self, source, identity, rng):
        self.moves = movements(source, identity, rng)
        self.flat = self.moves.reshape(len(NAMES) * 2, -1)
        head = source.shapes.head
        self.lips, self.inside = head.lips, np.unique(np.concatenate([head.teeth, head.tongue]))
        self.parting = self.moves[ROW[25]].sum(0)
        self.step = max(self.gap(self.parting), 1e-3)
        self.raising, self.following = upper_lip(head.rest), lower_lip(head.rest, self.parting)
        self.seam = head.seam
        self.sealed, self.sealing = sealing(head, self.parting)
        apart = self.gap(identity.vertices) - self.gap(source.shapes.head.rest)
        self.resting = open_lids(self.moves, rng)
        self.resting -= np.float32(np.clip(apart / self.step, -0.4, 1.0) + CLOSER) * self.parting

    def gap(self, moved):
        """How far upper and lower lip have come apart at the midline, dm."""
        upper, lower = self.lips
        return float(moved[upper, 1].mean() - moved[lower, 1].mean())

    def move(self, weights):
        """The movement float32 [n, 3] at `weights` float [len(NAMES), 2]."""
        weights = np.array(weights, np.float32)
        for name, (one, other) in TOGETHER.items():
            weights[ROW[name]] = np.maximum(np.minimum(weights[ROW[one]], weights[ROW[other]]), 0)
        active = np.flatnonzero(weights.ravel())
        moved = (weights.ravel()[active] @ self.flat[active]).reshape(-1, 3)
        gap = self.gap(moved)
        opened = np.clip(weights[ROW[25]].max() / OPENS, 0, 1)
        if gap > 0:
            follows = np.clip(moved[self.lips[0], 1].mean(), 0, gap) * (1 - opened)  # the lower lip with the upper
            moved += np.float32(follows) * self.following
            gap = self.gap(moved)
        if gap > 0:
            moved += np.float32(gap * (opened - 1) / self.step) * self.parting
        elif gap < -OVERLAP:  # a lower lip that rises pushes the upper one up
            moved += np.float32(-OVERLAP - gap) * self.raising
        apart = np.maximum(moved[self.seam[0], 1] - moved[self.seam[1], 1], 0)
        moved[self.sealed, 1] -= np.float32(1 - opened) * (self.sealing @ apart)
        moved[self.inside, 2] -= np.float32(BEHIND_CLOSED * max(1 - opened / SHOWS, 0))
        return moved


def weights_of(levels, unlabeled=None):
    """Weights float32 [len(NAMES), 2] of intensities `levels` float [len(AUS), 2], 0..5, left and right.

    unlabeled  {name of UNLABELED: weight}
    """
    weights = np.zeros((len(NAMES), 2), np.float32)
    weights[: len(AUS)] = (np.clip(levels, 0, 5) / 5) ** CURVE
    for name, weight in (unlabeled or {}).items():
        weights[ROW[name]] = weight
    return weights
