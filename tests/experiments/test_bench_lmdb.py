"""The benchmark of writing LMDBs, on few frames."""

import json

from experiments.bench_lmdb import main


def test_it_ends_in_a_line_of_json_and_leaves_nothing(tmp_path, capsys):
    main(["--frames", "600", "--out", str(tmp_path)])
    table, line = capsys.readouterr().out.rsplit("\n", 2)[:2]
    result = json.loads(line)
    assert result["bench"] == "lmdb" and result["frames"] == 600 and result["ratio"] > 0
    assert result["plain_sample"] == 500 and result["seconds"] > 0
    assert "600 frames of 64 x 64" in table and "500, scaled up" in table
    assert not list(tmp_path.iterdir())
