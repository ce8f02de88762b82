"""MakeHuman's people. Two artists have drawn what their faces do: the makers of MakeHuman, and Mika Suominen.

`MakeHuman("expression")` and `MakeHuman("faceunits")` are the same people with the units of the one or the other.
"""

import numpy as np

from data_prep.rendered import assets
from data_prep.rendered.atlas import outer_depth
from data_prep.rendered.geometry import smoothstep, triangles_of
from data_prep.rendered.head import EYES, Head, Identity
from data_prep.rendered.teeth import fit_arches, tooth_arches

ANCESTRIES = ("caucasian", "african", "asian")
# ours: targets that make people differ. $ is decr or incr, @ down or up, % each side; a|b names both ends
TRAITS = (
    "nose/nose-base-@", "nose/nose-curve-concave|convex", "nose/nose-flaring-$", "nose/nose-greek-$",
    "nose/nose-hump-$", "nose/nose-nostrils-width-$", "nose/nose-point-@", "nose/nose-point-width-$",
    "nose/nose-scale-depth-$", "nose/nose-scale-horiz-$", "nose/nose-scale-vert-$", "nose/nose-septumangle-$",
    "nose/nose-volume-$", "nose/nose-width1-$", "nose/nose-width2-$", "nose/nose-width3-$", "nose/nose-trans-@",
    "mouth/mouth-angles-@", "mouth/mouth-cupidsbow-$", "mouth/mouth-lowerlip-height-$",
    "mouth/mouth-lowerlip-volume-$", "mouth/mouth-upperlip-volume-$", "mouth/mouth-upperlip-height-$",
    "mouth/mouth-scale-horiz-$", "mouth/mouth-scale-vert-$", "mouth/mouth-trans-@", "mouth/mouth-philtrum-volume-$",
    "mouth/mouth-laugh-lines-in|out", "chin/chin-bones-$", "chin/chin-cleft-$", "chin/chin-height-$",
    "chin/chin-jaw-drop-$", "chin/chin-prognathism-$", "chin/chin-prominent-$", "chin/chin-width-$",
    "forehead/forehead-nubian-$", "forehead/forehead-scale-vert-$", "forehead/forehead-temple-$",
    "forehead/forehead-trans-backward|forward", "eyebrows/eyebrows-angle-@", "eyebrows/eyebrows-trans-@",
    "head/head-fat-$", "head/head-scale-horiz-$", "head/head-scale-vert-$", "head/head-scale-depth-$",
    "head/head-back-scale-depth-$", "eyes/%-eye-bag-$", "eyes/%-eye-bag-height-$", "eyes/%-eye-corner1-@",
    "eyes/%-eye-corner2-@", "eyes/%-eye-eyefold-@", "eyes/%-eye-eyefold-concave|convex", "eyes/%-eye-height1-$",
    "eyes/%-eye-height2-$", "eyes/%-eye-height3-$", "eyes/%-eye-scale-$", "eyes/%-eye-trans-@",
    "eyes/%-eye-trans-in|out", "eyes/%-eye-epicanthus-in|out", "cheek/%-cheek-bones-$", "cheek/%-cheek-inner-$",
    "cheek/%-cheek-volume-$", "cheek/%-cheek-trans-@", "ears/%-ear-scale-$", "ears/%-ear-wing-$", "ears/%-ear-lobe-$",
)  # fmt: skip
SHAPES = (
    "oval", "round", "rectangular", "square", "triangular", "invertedtriangular", "diamond",
)  # fmt: skip
LOPSIDED = (
    "brown-1", "brown-2", "cheek-1", "eye-1", "eye-4", "jaw-1", "jaw-2", "mouth-1", "mouth-2", "nose-1", "nose-3",
)  # fmt: skip
HALF = ("head-scale", "trans", "eye-height", "eye-scale")  # ours: traits of which less is already much
EXPRESSIVE = ("laugh", "mouth-angles", "eyebrows")  # ours: traits that look like an expression


class MakeHuman:
    """A source of faces (data_prep/rendered/head.py); `units` "expression" or "faceunits" says whose."""

    def __init__(self, units):
        self.units = units
        mesh = assets.base()
        body = (mesh.groups == "body") & (mesh.vertices[mesh.quads][:, :, 1].min(1) > 4.9)
        body &= np.abs(mesh.vertices[mesh.quads][:, :, 0]).max(1) < 2.6
        tongue = mesh.groups == "helper-tongue"
        lashes = np.char.find(mesh.groups.astype(str), "eyelashes-2") >= 0
        self.kept = np.unique(mesh.quads[body | tongue | lashes])
        place = np.full(len(mesh.vertices), -1)
        place[self.kept] = np.arange(len(self.kept))
        arches = tooth_arches(len(self.kept))
        helpers = [np.unique(mesh.quads[mesh.groups == f"helper-{jaw}-teeth"]) for jaw in ("upper", "lower")]
        bound = [helper[np.abs(mesh.vertices[helper, 0]).argmin()] for helper in helpers]
        self.mover = np.concatenate([self.kept, np.repeat(bound, [len(places) for places in arches.places])])
        rest = np.concatenate([mesh.vertices[self.kept], *arches.places])
        skin = triangles_of(place[mesh.quads[body]])
        self.eyes = [np.unique(mesh.quads[mesh.groups == f"helper-{side}-eye"]) for side in "lr"]
        bag = (mesh.groups == "body") & (mesh.uv[..., 0].min(1) > 0.74) & (mesh.uv[..., 1].max(1) < 0.145)
        in_bag, rim = np.zeros((2, len(rest)), bool)
        in_bag[place[np.unique(mesh.quads[bag])]] = True
        rim[place[np.intersect1d(np.unique(mesh.quads[bag]), np.unique(mesh.quads[body & ~bag]))]] = True
        self.rim = np.flatnonzero(rim)
        self.head = Head(
            rest=rest,
            skin=skin,
            teeth=arches.triangles,
            tongue=triangles_of(place[mesh.quads[tongue]]),
            lashes=triangles_of(place[mesh.quads[lashes]]),
            cavity=cavity(rest, skin, in_bag, rim),
            follow=follow(rest, skin),
            ears=self.ears(),
            lips=self.lips(np.unique(skin), rest),
            lash=0.5,
            seam=self.seam(rest),
            corners=tuple(self.rim[(sign * rest[self.rim, 0]).argmax()] for sign in (1, -1)),
        )
        self.arches = arches

    def moved(self, deltas):
        """Of movements [n, 3] of MakeHuman's vertices, those of the Head's."""
        return deltas[self.mover]

    def ears(self):
        moves = np.zeros_like(assets.base().vertices)
        for side in "lr":
            assets.add(moves, f"ears/{side}-ear-scale-incr", 1)
        size = np.linalg.norm(moves, axis=1)
        return self.moved(size) > 0.2 * size.max()

    def lips(self, skin, rest):
        """The vertices of upper and lower lip that part at the midline."""
        moves = np.zeros_like(assets.base().vertices)
        assets.add(moves, "expression/units/caucasian/mouth-parling", 1)
        up = self.moved(moves)[skin, 1]
        x, y, z = rest[skin].T
        middle = (np.abs(x) < 0.12) & (z > 1.5)
        return skin[middle & (up > 0.02) & (y < 6.614)], skin[middle & (up < -0.015) & (y > 6.598)]

    def seam(self, rest):
        """Pairs of vertices of upper and lower lip at the mouth's rim that touch."""
        moves = np.zeros_like(assets.base().vertices)
        assets.add(moves, "expression/units/caucasian/mouth-parling", 1)
        up = self.moved(moves)[self.rim, 1]
        upper, lower = self.rim[up > 0], self.rim[up < 0]
        nearest = np.abs(rest[upper, None, 0] - rest[None, lower, 0]).argmin(1)
        return upper, lower[nearest]

    def identity(self, rng):
        """An Identity at random."""
        mesh = assets.base().vertices.copy()
        female = bool(rng.random() < 0.5)
        shares = 0.25 * rng.dirichlet([0.25] * 3)
        shares[rng.choice(3, p=[0.5, 0.25, 0.25])] += 0.75
        ancestry = dict(zip(ANCESTRIES, shares))
        age = float(np.clip(abs(rng.normal(0, 0.3)), 0, 0.75))
        add_build(mesh, rng, female, ancestry, age)
        add_traits(mesh, rng)
        eyes = [(mesh[eye].max(0) + mesh[eye].min(0)) / 2 for eye in self.eyes]
        radii = [np.ptp(mesh[eye, 0]) / 2 for eye in self.eyes]
        offset = EYES - (eyes[0] + eyes[1]) / 2
        vertices = np.zeros_like(self.head.rest)
        vertices[: len(self.kept)] = mesh[self.kept] + offset
        eyes = tuple((eye + offset, float(radius)) for eye, radius in zip(eyes, radii))
        person = Identity(vertices, eyes, ancestry, female, age)
        middle = vertices[np.concatenate(self.head.lips)].mean(0)
        width = float(np.clip(np.ptp(vertices[self.rim, 0]) / np.ptp(self.head.rest[self.rim, 0]), 0.8, 1.15))
        vertices[len(self.kept) :] = fit_arches(self.arches, middle, width, rng)
        self.fit_tongue(vertices, middle, width)
        return person

    def fit_tongue(self, vertices, middle, width):
        tongue = np.unique(self.head.tongue)
        home = self.head.rest[np.concatenate(self.head.lips)].mean(0)
        scale = np.array([0.86 * width, 0.95, 0.9])
        vertices[tongue] = middle + (self.head.rest[tongue] - [0, *home[1:]]) * scale - [0, 0, 0.12]

    def unit(self, person, name):
        """The movement float32 [n, 3] of the Head's vertices by the unit `name`, at its full weight.

        A name with a slash is a target of its own, else it is one of the source's units.
        """
        moves = np.zeros_like(assets.base().vertices)
        if "/" in name:
            assets.add(moves, name, 1)
        elif self.units == "faceunits":
            assets.add(moves, f"faceunits/{name}", 1)
        else:
            for ancestry, share in person.ancestry.items():
                assets.add(moves, f"expression/units/{ancestry}/{name}", share)
        return self.moved(moves)


def cavity(rest, skin, in_bag, rim):
    """How much each vertex belongs to the inside of mouth or nostrils, float32 [n] 0..1."""
    x, y, z = rest.T
    nose = np.zeros(len(rest), bool)
    nose[np.unique(skin)] = True
    nose &= (np.abs(x) < 0.22) & (y > 6.78) & (y < 7.05) & (z > 0.8)
    depth = outer_depth(rest, skin)
    mouth = np.where(in_bag, np.where(rim, 0.35, 1.0), 0)
    return np.maximum(mouth, np.where(nose, smoothstep(0.06, 0.16, depth), 0)).astype(np.float32)


def follow(rest, skin):
    """How much each vertex turns with the head."""
    weight = np.ones(len(rest), np.float32)
    on_skin = np.unique(skin)
    weight[on_skin] = smoothstep(6.0, 6.75, rest[on_skin, 1] + 0.4 * rest[on_skin, 2])
    return weight


def add_build(mesh, rng, female, ancestry, age):
    """Add sex, age, ancestry, muscle and weight to `mesh`, in place."""
    womanly = float(np.clip(rng.normal(0.92, 0.08), 0.75, 1))
    womanly = womanly if female else 1 - womanly
    muscle, weight = rng.uniform(-0.6, 0.6), rng.uniform(-0.6, 0.7)
    for sex, sex_share in (("female", womanly), ("male", 1 - womanly)):
        for years, age_share in (("young", 1 - age), ("old", age)):
            for name, share in ancestry.items():
                assets.add(mesh, f"macrodetails/{name}-{sex}-{years}", sex_share * age_share * share)
            for much, much_share in ends(muscle):
                for heavy, heavy_share in ends(weight):
                    name = f"macrodetails/universal-{sex}-{years}-{much}muscle-{heavy}weight"
                    assets.add(mesh, name, sex_share * age_share * much_share * heavy_share)


def ends(value):
    """Shares of the extremes and the average of a trait -1..1."""
    return (("max", max(value, 0)), ("min", max(-value, 0)), ("average", 1 - abs(value)))


def add_traits(mesh, rng):
    """Add the TRAITS, a shape of the head and a little asymmetry to `mesh`, in place."""
    for trait in TRAITS:
        low, high = both_ends(trait)
        weight = float(np.clip(rng.normal(0, 0.27), -0.6, 0.6))
        weight *= 0.5 if any(part in trait for part in HALF) else 1
        weight *= 0.4 if any(part in trait for part in EXPRESSIVE) else 1
        for side in "lr" if "%" in trait else ("",):
            own = weight + (rng.normal(0, 0.05) if side else 0)
            name = (high if own > 0 else low).replace("%", side)
            if assets.is_target(name):
                assets.add(mesh, name, abs(own))
    assets.add(mesh, f"head/head-{SHAPES[rng.integers(len(SHAPES))]}", rng.uniform(0.1, 0.5))
    for part in LOPSIDED:
        name = f"asym/asym-{part}-{'lr'[rng.integers(2)]}"
        if assets.is_target(name):
            assets.add(mesh, name, rng.uniform(0, 0.25))


def both_ends(trait):
    """The names of the two targets of a trait."""
    if "|" in trait:
        stem, ends_ = trait.rsplit("-", 1)
        low, high = ends_.split("|")
        return f"{stem}-{low}", f"{stem}-{high}"
    return trait.replace("$", "decr").replace("@", "down"), trait.replace("$", "incr").replace("@", "up")
