"""Where a run writes: under --out, unless options say otherwise."""

from pathlib import Path

import numpy as np
import pytest

from data_prep.datasets.table import BP4D, DATASETS, DISFA
from data_prep.readers.recording import Recording
from experiments import datasets
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
        (["--data", "data", "--detector", "blazeface"], "/real", "/real", "data/disfa_blazeface"),
        ([], None, "runs/table3/data/synthetic/DISFA", "runs/table3/data/synthetic/disfa"),
        ([], "/real", "/real", "runs/table3/data/disfa"),
    ],
)
def test_data_are_in_the_run_folder_unless_an_option_names_another(monkeypatch, options, root, tree, files):
    used, label = [], np.array([[1], [0]], np.int8)
    recordings = [Recording(name, "", Path("v.avi"), None, np.array([1, 2]), label, (12,)) for name in "AB"]
    dataset = DATASETS[DISFA]._replace(
        draw=lambda root, seed, jobs: used.append(("drawn", str(root))), read=lambda root, **options: recordings
    )
    monkeypatch.setitem(DATASETS, DISFA, dataset)
    monkeypatch.setattr(
        datasets,
        "prepare_dataset",
        lambda title, root, recordings, data, *_, **__: used.append((str(root), str(data))) or ["A"],
    )
    monkeypatch.setattr(datasets, "load_provenance", lambda folder: str(folder))
    monkeypatch.setattr(datasets, "load_labels", lambda path: (label[:1], (12,)))
    monkeypatch.setattr(datasets, "detection", lambda *_: {"subjects": 1})
    monkeypatch.setattr(datasets, "file_digest", lambda path: "digest")
    chosen = settings(*options, *([] if root is None else ["--disfa", root]))
    prepared = datasets.prepared([DISFA], chosen)[DISFA]
    assert used[-1] == (tree, files) and used[:-1] == ([] if root else [("drawn", tree)])
    assert prepared.subjects == {"A": (f"{files}/A.npz", "digest")}
    assert prepared.detection == {"subjects": 1, "coded": 4, "coded_missed": 3}
    assert prepared.notes == ("left out, as no face was found in any of their frames: B",)
