"""Where a run writes: under --out, unless options say otherwise."""

from pathlib import Path

import pytest

from data_prep.datasets.table import BP4D, DATASETS, DISFA
from experiments import datasets
from experiments.datasets import prepare_one
from experiments.nets import net_folder
from experiments.options import parser


def settings(*options):
    return parser("doc", [DISFA, BP4D]).parse_args(["--out", "runs/table3", *options])


def test_shared_nets_are_in_the_run_folder_unless_an_option_names_another():
    assert net_folder(settings(), "bp4d_fera") == Path("runs/table3/nets/bp4d_fera")
    assert net_folder(settings("--nets", "runs/nets"), "bp4d_fera") == Path("runs/nets/bp4d_fera")


@pytest.mark.parametrize(
    "options, root, tree, files",
    [
        (["--data", "data"], None, "data/synthetic/DISFA", "data/synthetic/disfa"),
        (["--data", "data"], "/real", "/real", "data/disfa"),
        (["--data", "data", "--size", "60"], "/real", "/real", "data/disfa_60"),
        ([], None, "runs/table3/data/synthetic/DISFA", "runs/table3/data/synthetic/disfa"),
        ([], "/real", "/real", "runs/table3/data/disfa"),
    ],
)
def test_data_are_in_the_run_folder_unless_an_option_names_another(monkeypatch, options, root, tree, files):
    used = []
    dataset = DATASETS[DISFA]._replace(
        draw=lambda root, seed, jobs: used.append(("drawn", str(root))), read=lambda root, **options: None
    )
    monkeypatch.setitem(DATASETS, DISFA, dataset)
    monkeypatch.setattr(
        datasets,
        "prepare_dataset",
        lambda title, root, recordings, data, *_, **__: used.append((str(root), str(data))) or ["A"],
    )
    monkeypatch.setattr(datasets, "load_provenance", lambda folder: str(folder))
    monkeypatch.setattr(datasets, "detection", lambda *_: {})
    monkeypatch.setattr(datasets, "file_digest", lambda path: "digest")
    prepared = prepare_one(DISFA, root, settings(*options))
    assert used[-1] == (tree, files) and used[:-1] == ([] if root else [("drawn", tree)])
    assert prepared.subjects == {"A": (f"{files}/A.npz", "digest")}
