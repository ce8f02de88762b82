"""The balancing table, on made-up subject files."""

import numpy as np

from data_prep.subjects.balance import STRATEGIES
from data_prep.subjects.provenance import save_provenance
from data_prep.subjects.subject_file import Subject, save_subject
from data_prep.system.code import ROOT


def test_the_table_and_the_picture_show_every_strategy(tmp_path, project):
    label = np.array([[0, 0]] * 6 + [[1, 0]] * 2 + [[-1, -1]], np.int8)  # AU 2 never present, a frame not coded
    none = np.zeros(0, int)
    save_subject(
        tmp_path / "data",
        Subject(
            "A",
            np.zeros((9, 4, 4), np.uint8),
            label,
            np.array([1, 2]),
            np.arange(9),
            np.full(9, ""),
            np.zeros((9, 4), int),
            none,
            none.astype(str),
            "",
        ),
    )
    save_provenance(tmp_path / "data", "made-up labels")
    done = project("experiments.balance", tmp_path / "data", "--out", tmp_path / "out", cwd=ROOT, check=True)
    table = (tmp_path / "out/table.md").read_text()
    assert table in done.stdout and table.startswith("8 labelled frames of made-up labels")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("| ")]
    assert rows[0] == ["% present", *STRATEGIES] and rows[1][1] == "25.0" and rows[1][-1] == "50.0"
    assert rows[2][1:] == ["0.0"] * len(STRATEGIES)
    assert (tmp_path / "out/balance.png").stat().st_size > 1000
