"""Rendered faces: what each AU moves, that nothing else moves, and the dataset on disk."""

import numpy as np
import pytest

from data_prep.readers.csv_dataset import read_csv_dataset
from data_prep.rendered import assets
from data_prep.rendered.acting import EXCLUDED, PARTS_WITH_JAW, random_levels
from data_prep.rendered.dataset import main, write_rendered
from data_prep.rendered.ict import Ict
from data_prep.rendered.judge import movement, verdicts
from data_prep.rendered.measures import EXPECTED, Measurer, measure
from data_prep.rendered.movement import NAMES, ROW, weights_of
from data_prep.rendered.muscles import FIELDS, displacement
from data_prep.rendered.person import Person
from data_prep.rendered.portrait import levels_of, portrait
from data_prep.rendered.recipes import AUS
from data_prep.rendered.sources import load_source
from data_prep.subjects.provenance import dataset_name, is_synthetic
from data_prep.system.errors import InputError

HERE = ("makehuman", "faceunits")  # sources that need no checkout of the user's


@pytest.fixture(scope="module", params=HERE)
def person(request):
    return Person(load_source(request.param), np.random.default_rng(4))


@pytest.fixture(scope="module")
def measurer():
    return Measurer()


def moved_by(person, shown):
    """Movement [n, 3] of the skin's vertices, and their indices."""
    skin = np.unique(person.head.skin)
    return person.muscles.move(weights_of(levels_of(shown)))[skin], skin


def lip_gap(person, shown):
    return person.muscles.gap(person.muscles.move(weights_of(levels_of(shown))))


@pytest.mark.parametrize("au", sorted(EXPECTED))
def test_an_au_moves_what_facs_says_and_more_the_stronger_it_is(person, measurer, au):
    moved = movement(measurer, person, au, (0, 2, 5))
    for name, mean, _, grows in verdicts(moved[None], au):
        least = EXPECTED[au][name]
        assert mean * np.sign(least) > abs(least) / 2, f"{name} moves by {mean:+.3f}"
        assert grows, f"{name} does not grow with the intensity"


def test_every_au_has_an_expectation():
    assert set(EXPECTED) == set(AUS)


def test_a_resting_face_does_not_move(person):
    assert not moved_by(person, {})[0].any()


@pytest.mark.parametrize("au", [au for au in AUS if au not in (25, 26)])
def test_lips_stay_closed_without_parting_lips(person, au):
    assert lip_gap(person, {au: 5}) < 0.01


def test_lips_part_more_the_stronger_au_25_is(person):
    gaps = [lip_gap(person, {25: level}) for level in range(6)]
    assert gaps[0] == 0 and (np.diff(gaps) > 0).all()


def test_a_one_sided_smile_moves_that_corner_of_the_mouth(person):
    moved = person.muscles.move(weights_of(levels_of({12: (5, 0)})))
    left, right = (np.linalg.norm(moved[corner]) for corner in person.head.corners)
    assert left > 0.05 > 10 * right


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_the_right_muscle_mirrors_the_left_one(name):
    rng = np.random.default_rng(0)
    rest = np.stack([rng.uniform(-0.8, 0.8, 500), rng.uniform(6.2, 8.0, 500), rng.uniform(0.3, 1.6, 500)], 1)
    normal = rng.standard_normal((500, 3))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    mirror = np.array([-1, 1, 1])
    left = displacement(name, rest, normal, "left")
    right = displacement(name, rest * mirror, normal * mirror, "right")
    assert np.allclose(left * mirror, right, atol=1e-6)
    assert np.abs(left).max() > 0.003


def test_brows_come_together_when_lowered(person):
    """As FACS says of AU 4; the shapes of MakeHuman alone move them apart."""
    moved, skin = moved_by(person, {4: 5})
    x, y, z = person.head.rest[skin].T
    heads = (np.abs(np.abs(x) - 0.14) < 0.03) & (np.abs(y - 7.455) < 0.04) & (z > 1)
    assert (moved[heads & (x > 0), 0].mean() < -0.01) and (moved[heads & (x < 0), 0].mean() > 0.01)


def seen(person, measurer, shown):
    """{measure: how far it has moved from the resting face}, in shares of the distance of the eyes' outer corners."""
    resting, moved = (measure(measurer.points(portrait(person, levels))) for levels in ({}, shown))
    return {name: moved[name] - resting[name] for name in moved}


def test_a_full_frown_lowers_the_inner_brow_by_a_tenth_of_the_eyes_distance(person, measurer):
    assert seen(person, measurer, {4: 5})["inner_brow"] < -0.1


def test_a_sad_brow_is_low_and_only_its_inner_end_relatively_high(person, measurer):
    sad, frown = seen(person, measurer, {1: 4, 4: 4}), seen(person, measurer, {4: 4})
    assert sad["outer_brow"] < -0.055 and sad["brow_distance"] < 0
    assert sad["inner_brow"] - sad["outer_brow"] > frown["inner_brow"] - frown["outer_brow"] + 0.01


def test_a_toothy_smile_opens_wide_and_leaves_the_jaw(person, measurer):
    smile, laugh = seen(person, measurer, {12: 5, 25: 5}), seen(person, measurer, {12: 5, 25: 5, 26: 5})
    assert smile["gap"] > 0.085 and smile["mouth_width"] > 0.15
    assert laugh["gap"] > smile["gap"] + 0.1 and laugh["chin"] < smile["chin"] - 0.03


def test_a_fully_dropped_jaw_opens_the_mouth_by_more_than_a_quarter_of_the_eyes_distance(person, measurer):
    assert seen(person, measurer, {25: 5, 26: 5})["gap"] > 0.28


def test_raised_cheeks_lift_the_lower_lid_and_narrow_a_smiling_eye(person, measurer):
    with_cheeks, without = seen(person, measurer, {6: 5, 12: 4}), seen(person, measurer, {12: 4})
    assert with_cheeks["aperture"] < without["aperture"] - 0.02
    moved, skin = moved_by(person, {6: 5})
    x, y, z = person.head.rest[skin].T
    lower_lid = (np.abs(np.abs(x) - 0.32) < 0.04) & (np.abs(y - 7.235) < 0.015) & (z > 1.3)
    assert moved[lower_lid, 1].mean() > 0.02


def test_a_wrinkled_nose_lifts_the_upper_lip(person, measurer):
    assert seen(person, measurer, {9: 5, 25: 3})["upper_lip"] > seen(person, measurer, {25: 3})["upper_lip"] + 0.005


def test_cheeks_rise_without_the_mouth(person):
    moved = person.muscles.move(weights_of(levels_of({6: 5})))
    x, y, z = person.head.rest.T
    cheek = (np.abs(np.abs(x) - 0.4) < 0.05) & (np.abs(y - 7.02) < 0.05) & (z > 0.8)
    assert moved[cheek, 1].mean() > 0.02
    assert max(np.linalg.norm(moved[corner]) for corner in person.head.corners) < 0.01


def test_the_sides_of_a_portrait_differ_only_where_an_au_shows(person):
    neutral, smiling = portrait(person, {}, 96).astype(int), portrait(person, {12: (5, 0)}, 96).astype(int)
    changed = np.abs(smiling - neutral).max(2) > 12
    assert changed[:, 48:].sum() > 10 * changed[:, :40].sum()  # the person's left is on the right


def test_combinations_are_possible_ones():
    rng = np.random.default_rng(0)
    levels = np.array([random_levels(rng) for _ in range(500)])
    strongest = levels.max(2)
    for one, other in EXCLUDED:
        assert not ((strongest[:, AUS.index(one)] > 0) & (strongest[:, AUS.index(other)] > 0)).any(), (one, other)
    assert (strongest[:, AUS.index(25)] >= PARTS_WITH_JAW * strongest[:, AUS.index(26)]).all()
    assert 0.1 < (strongest == 0).all(1).mean() < 0.4
    assert ((strongest >= 1).mean(0) > 0.02).all()
    assert levels.min() >= 0 and levels.max() <= 5


def test_smiles_come_with_and_without_cheeks_teeth_and_jaw():
    rng = np.random.default_rng(1)
    shown = np.array([random_levels(rng) for _ in range(4000)]).max(2) >= 1
    smile, cheeks, open_, jaw, stretched = (shown[:, AUS.index(au)] for au in (12, 6, 25, 26, 20))
    assert 0.3 < cheeks[smile].mean() < 0.6
    assert smile[cheeks].mean() < 0.65
    assert 0.15 < jaw[smile & open_].mean() < 0.45
    assert (open_ & stretched & ~smile).mean() > 0.04  # cries and screams


def test_weights_have_a_row_for_every_name():
    weights = weights_of(levels_of({12: (5, 0)}), {"flare": 0.5})
    assert weights.shape == (len(NAMES), 2)
    assert weights[ROW[12]].tolist() == [1, 0] and weights[ROW["flare"]].tolist() == [0.5, 0.5]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    root = tmp_path_factory.mktemp("rendered") / "tree"
    write_rendered(root, people=1, pictures=3, seed=7, sources=("makehuman",), jobs=1)
    return root


def contents(root):
    return {path.relative_to(root): path.read_bytes() for path in sorted(root.rglob("*.*")) if path.is_file()}


def test_the_same_seed_renders_the_same_to_the_bit_where_pictures_are_damaged(tree):
    before = contents(tree)
    next(tree.rglob("0002.jpg")).write_bytes(b"damaged")
    write_rendered(tree, people=1, pictures=3, seed=7, sources=("makehuman",), jobs=1)
    assert contents(tree) == before
    pictures = [content for path, content in before.items() if path.suffix == ".jpg"]
    assert len(set(pictures)) == 3


def test_the_tree_is_a_dataset_that_says_it_is_synthetic(tree):
    (recording,) = read_csv_dataset(tree / "rendered.csv")
    assert recording.subject == "makehuman0001" and recording.au == AUS and len(recording.images) == 3
    intensity = np.loadtxt(tree / "intensity.csv", delimiter=",", skiprows=1, usecols=range(2, 2 + len(AUS)))
    assert ((recording.label == 1) == (intensity >= 1)).all()
    assert ((recording.label == 0) == (intensity <= 0.4)).all()
    assert is_synthetic(dataset_name("rendered", tree / "rendered.csv"))


def test_files_of_others_are_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="holds other files"):
        write_rendered(tmp_path, people=1, pictures=1, seed=0, sources=("makehuman",), jobs=1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_source_that_is_not_there_is_one_clear_error(tmp_path, capsys, monkeypatch):
    with pytest.raises(InputError, match="ICT="):
        load_source("ict")
    with pytest.raises(InputError, match=r"generic_neutral_mesh.obj: .*checkout of github.com/ICT-VGL/ICT-FaceKit"):
        Ict(tmp_path)
    with pytest.raises(SystemExit):
        main(["--out", str(tmp_path / "out"), "--sources", "ict"])
    assert "ICT=" in capsys.readouterr().err and not (tmp_path / "out").exists()
    assets.files.cache_clear()
    monkeypatch.setattr(assets, "PACKAGE", "no-such-package")
    with pytest.raises(InputError, match="run `make setup`"):
        assets.files()


def test_a_mesh_of_another_version_is_one_clear_error(tmp_path):
    (tmp_path / "FaceXModel").mkdir()
    (tmp_path / "FaceXModel/generic_neutral_mesh.obj").write_text("# mesh\nv 0 0 0\nv 1 2 3\nf 1 2 2\n")
    with pytest.raises(InputError, match="2 vertices instead of 26719"):
        Ict(tmp_path)
