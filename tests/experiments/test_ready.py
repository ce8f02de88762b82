"""`make ready` and `make adapt`, small: from rendered people to a bundle, and to one that is adapted."""

import csv
import json

import numpy as np
import pytest

from data_prep.rendered.dataset import write_rendered
from data_prep.system.errors import InputError
from experiments import adapt, adaptation, ready, ready_data
from experiments.adaptation import verdict
from experiments.ready_data import rendered
from experiments.ready_model import columns_2afc, projections, seen_by, symmetrized
from experiments.ready_status import AGAINST, judged
from tests.bundles import random_bundle
from tools.detection.bundle import FILES, load_bundle
from tools.statistics.linear import fit_part, principal

PEOPLE, PICTURES = 5, 8
SMALL = ["--people", str(PEOPLE), "--pictures", str(PICTURES), "--iterations", "10"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with rendered people and their faces."""
    folder = tmp_path_factory.mktemp("data")
    rendered(folder / "ready", PEOPLE, PICTURES, seed=0)
    return folder


@pytest.fixture(scope="module")
def bundles(data, tmp_path_factory):
    """Bundles made twice of the same people; the second time there is nothing left to render or to train."""
    folder = tmp_path_factory.mktemp("bundles")
    made = [folder / name for name in "ab"]
    for out in made:
        ready.main(["--out", str(out), "--data", str(data / "ready"), "--nets", str(folder / "nets"), *SMALL])
    return made


def test_twice_the_same_bundle_to_the_bit(bundles):
    one, other = bundles
    assert sorted(path.name for path in one.iterdir()) == sorted(FILES)
    for name in FILES:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_the_card_says_what_each_au_rests_on_and_how_well_it_does_where(bundles):
    card, bundle = (bundles[0] / "README.md").read_text(), load_bundle(bundles[0])
    assert "rendered faces alone" in card and "2AFC, makehuman" in card and "2AFC, faceunits" in card
    rows = [line.split("|") for line in card.splitlines() if line.startswith("| AU")]
    assert len(rows) - 1 == len(bundle.facts["measured"]) == 19
    assert {row[3].strip() for row in rows[1:]} <= {"usable", "experimental", "no"}
    assert {row[4].strip() for row in rows[1:]} <= {"net", "shape", "both"}
    assert bundle.facts["status"].keys() == {str(au) for au in bundle.aus}


def test_what_one_source_teaches_holds_for_another(data):
    """Mouths and eyes, of a handful of people each; what `make ready` judges AUs by."""
    people = rendered(data / "ready", PEOPLE, PICTURES, seed=0)
    taught, tested = (people.frames(people.of(source)) for source in people.sources)
    part = fit_part(symmetrized(taught.shape), taught.label, principal(symmetrized(taught.shape), 20))
    afc = dict(zip(ready.AUS, columns_2afc(tested.label, part.scores(symmetrized(tested.shape)))))
    assert np.nanmean([afc[au] for au in (12, 25, 26, 43)]) > 0.75  # of forty pictures each; not every AU is in them


def test_an_au_is_usable_where_it_holds_across_sources():
    def status(au, *afc):
        return judged(au, {"two_afc": dict(enumerate(afc))})[0]

    assert [status(25, 0.95, 0.9), status(25, 0.85, 0.8), status(25, 0.6, 0.7)] == ["usable", "experimental", AGAINST]
    assert status(1, 0.95, 0.95) == "experimental"
    assert status(6, 0.99, 0.99) == "experimental" and "smile" in judged(6, {"two_afc": {"a": 0.99}})[1]


@pytest.fixture(scope="module")
def base(bundles):
    """The path of a small model, and its AUs."""
    return bundles[0], load_bundle(bundles[0]).aus


def write_own(folder, people):
    """A CSV of `people` rendered people, as if they were somebody's own; its path."""
    write_rendered(folder / "own", people, 10, 1, ("makehuman",), jobs=1)
    return folder / "own/rendered.csv"


@pytest.fixture
def adapted(base, data, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(adapt, "PICTURES", PICTURES)
    monkeypatch.setattr(adaptation, "SHARES", (0.3, 0.7))
    monkeypatch.setattr(adaptation, "DRAWS", 1)

    def run(people):
        own = write_own(tmp_path, people)
        options = ["--csv", own, "--out", tmp_path / "out", "--data", data, "--model", base[0], "--people", PEOPLE]
        adapt.main(list(map(str, options)))
        return capsys.readouterr().out, json.loads((tmp_path / "out/adapt.json").read_text()), tmp_path / "out/bundle"

    return run


def test_adapting_says_au_by_au_whether_it_helps_and_writes_a_bundle(adapted, base):
    printed, facts, bundle = adapted(people=5)
    assert "better than model" in printed and "people that train" in printed
    assert set(facts["verdicts"]) == {str(au) for au in base[1]}
    for au, each in facts["per_au"].items():
        assert each["difference"] == pytest.approx(each["adapted"] - each["ready"])
        assert (int(au) in facts["better"]) == (each["difference"] > 0)
    assert list(facts["learning_curve"]) == ["0", "1", "2", "4"]
    loaded = load_bundle(bundle)
    assert loaded.aus == base[1] and loaded.id != load_bundle(base[0]).id
    assert "2AFC, ready" in (bundle / "README.md").read_text()


def test_with_few_people_it_says_what_cannot_be_known_and_changes_nothing(adapted, base):
    printed, facts, bundle = adapted(people=2)
    assert "With fewer than 5 people it cannot be known" in printed and not facts["better"]
    assert {"cannot be known"} & set(facts["verdicts"].values())
    old, new = load_bundle(base[0]), load_bundle(bundle)
    np.testing.assert_array_equal(old.linear.shape, new.linear.shape)


def test_verdicts():
    def of(difference, low, high):
        return verdict({"difference": difference, "interval": [low, high]}, True)

    assert of(0.1, 0.05, 0.15) == "helps" and of(0.1, -0.05, 0.25) == "seems to help"
    assert of(-0.1, -0.2, -0.01) == "worse; kept as it was" and of(-0.1, -0.2, 0.1) == "no clear difference"
    assert verdict(None, True).startswith("cannot be judged")
    assert verdict({"difference": 0.1}, False) == "cannot be known"


def test_a_model_of_quadratic_classifiers_cannot_be_adapted(tmp_path):
    with pytest.raises(InputError, match="only models such as the ready one can be adapted"):
        adapt.linear_bundle(random_bundle(tmp_path))


def test_a_csv_without_the_models_aus_is_an_error(tmp_path):
    with open(tmp_path / "mine.csv", "w", newline="") as file:
        csv.writer(file).writerows([["subject", "image", "AU38"], ["a", "a.jpg", 1], ["a", "b.jpg", 0]])
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(InputError, match="codes none of the model's AUs"):
        adapt.own_frames(tmp_path / "mine.csv", tmp_path, (1, 2))


def test_features_are_those_that_detection_computes(bundles, data):
    """What classifiers are fitted on is what they see in use."""
    people, bundle = rendered(data / "ready", PEOPLE, PICTURES, seed=0), load_bundle(bundles[0])
    frames = people.frames(people.of("makehuman")[:1])
    seen = seen_by(bundle, frames)
    assert seen.net.shape == (PICTURES, 32) and seen.shape.shape == (PICTURES, 478, 2)
    assert projections(seen)["net"].of(seen.net).std() > 0
    assert bundle.stage._replace(template=ready_data.STAGE.template) == ready_data.STAGE
