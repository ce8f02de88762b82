"""The names of results, and whose files they replace."""

import itertools
import json
import os

import pytest

from data_prep.system.errors import InputError
from tools.detection.inputs import find_inputs
from tools.detection.names import being_written, name_results


@pytest.fixture
def out(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def source(folder, name):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("picture")
    return folder / name


def finish(out, name, item, files=("csv", "html")):
    """Write a result as a run does."""
    names = [f"{name}.{ending}" for ending in (*files, "json")]
    with being_written(out, name, item, names) as kept:
        for file in names[:-1]:
            (out / file).write_bytes(os.fsencode(str(item)))
        mark = {"input": str(item), "files": names, "kept": kept, "fingerprint": "x"}
        (out / names[-1]).write_text(json.dumps(mark))


def run(out, *items):
    """Name and write the results of a call; returns the names."""
    names = name_results(items, out)
    for name, item in zip(names, items):
        finish(out, name, item)
    return names


def test_a_result_has_the_name_of_its_input_where_that_is_free(tmp_path, out):
    assert run(out, source(tmp_path, "a.png"), source(tmp_path, "b.c.avi"), 3, tmp_path) == [
        "a",
        "b.c",
        "camera3",
        tmp_path.name,
    ]


def test_every_order_of_calls_keeps_every_result_and_its_name(tmp_path, out):
    items = [source(tmp_path, name) for name in ("a.png", "a.jpg", "a_jpg.bmp")]
    items += [source(tmp_path / folder, "talk.avi") for folder in "AB"]
    first = dict(zip(items, run(out, *items)))
    assert len(set(first.values())) == 5 and first[items[0]] == "a" and first[items[2]] == "a_jpg"
    assert first[items[1]].startswith("a-") and first[items[4]].startswith("talk-") and len(first[items[4]]) == 13
    for some in itertools.permutations(items, 3):
        assert run(out, *some) == [first[item] for item in some]
    for item, name in first.items():
        assert (out / f"{name}.csv").read_text() == str(item)


def test_the_longer_name_is_the_same_in_every_folder(tmp_path, out):
    items = [source(tmp_path / folder, "talk.avi") for folder in "AB"]
    other = tmp_path / "other"
    other.mkdir()
    assert run(out, *items)[1] == run(other, *items)[1]
    assert name_results([items[1]], tmp_path / "new") == ["talk"]


@pytest.mark.parametrize("ending", [".csv", ".json", ".html", "_overlay.mp4", "_overlay.png"])
def test_a_file_that_is_not_ours_is_never_in_the_way_and_never_replaced(tmp_path, out, ending):
    own, item = out / f"talk{ending}", source(tmp_path, "talk.avi")
    own.write_text('{"input": 3}')
    (name,) = run(out, item)
    assert name.startswith("talk-") and own.read_text() == '{"input": 3}'
    own.unlink()
    assert run(out, item) == [name]  # it keeps its name


def test_a_file_that_came_later_is_not_replaced_either(tmp_path, out):
    item = source(tmp_path, "talk.avi")
    assert run(out, item) == ["talk"]
    (out / "talk_overlay.mp4").write_text("mine")
    assert run(out, item)[0].startswith("talk-") and (out / "talk_overlay.mp4").read_text() == "mine"


def test_where_both_names_are_taken_it_is_an_error_with_the_remedy(tmp_path, out):
    items = [source(tmp_path / folder, "talk.avi") for folder in "AB"]
    name = name_results(items, out)[1]
    (out / "talk.csv").write_text("mine")
    (out / f"{name}.html").symlink_to("nowhere")
    first, error = name_results(items, out)
    assert first.startswith("talk-") and isinstance(error, InputError)
    assert "html: not a result of " in str(error) and "move it away, or choose another --out" in str(error)


def test_a_run_that_was_killed_while_it_wrote_is_made_up_for_under_the_same_name(tmp_path, out):
    items = [source(tmp_path / folder, "talk.avi") for folder in "AB"]
    with pytest.raises(KeyboardInterrupt), being_written(out, "talk", items[0], ["talk.csv", "talk.json"]):
        (out / "talk.csv").write_text("half")
        raise KeyboardInterrupt
    assert [name[:5] for name in name_results(items[::-1], out)] == ["talk-", "talk"]
    finish(out, "talk", items[0])
    assert sorted(path.name for path in out.iterdir()) == ["talk.csv", "talk.html", "talk.json"]


def test_a_file_that_comes_while_a_result_is_made_is_not_replaced(tmp_path, out):
    item = source(tmp_path, "talk.avi")
    (name,) = name_results([item], out)
    (out / "talk.html").write_text("mine")
    with pytest.raises(InputError, match="talk.html: not a result of "):
        finish(out, name, item)
    assert (out / "talk.html").read_text() == "mine" and len(list(out.iterdir())) == 1


def test_files_of_other_settings_stay_ours(tmp_path, out):
    item = source(tmp_path, "talk.avi")
    finish(out, "talk", item)
    finish(out, "talk", item, files=("csv",))
    assert json.loads((out / "talk.json").read_text())["kept"] == ["talk.html"] and run(out, item) == ["talk"]


def test_results_of_older_versions_are_ours_if_their_path_leads_to_the_same_file(tmp_path, out, monkeypatch):
    item, other = (source(tmp_path / folder, "talk.avi") for folder in "AB")
    for name in ("talk.csv", "talk.html"):
        (out / name).write_text("old")
    (out / "talk.json").write_text('{"input": "A/talk.avi", "fingerprint": "x"}')
    monkeypatch.chdir(tmp_path)
    assert name_results([item], out) == ["talk"] and name_results([other], out)[0].startswith("talk-")
    monkeypatch.chdir(tmp_path / "B")
    assert name_results([item], out)[0].startswith("talk-")


def test_one_file_by_several_ways_is_one_input(tmp_path, out, monkeypatch):
    item = source(tmp_path / "A", "talk.avi")
    (tmp_path / "link").symlink_to("A")
    (tmp_path / "deep/er").mkdir(parents=True)
    (tmp_path / "B").symlink_to("deep/er")
    (tmp_path / "deep/talk.avi").write_text("another, which the shell calls B/../talk.avi")
    run(out, item)
    monkeypatch.chdir(tmp_path)
    for way in ("A/talk.avi", "link/talk.avi", "A/../A/./talk.avi"):
        assert name_results([tmp_path / way], out) == ["talk"]
        assert find_inputs([way])[0].source == item
    assert find_inputs(["B/../talk.avi"])[0].source == tmp_path / "deep/talk.avi"
    assert find_inputs([".."], sequence=True)[0].source == tmp_path.parent


def test_names_may_be_long_or_no_text(tmp_path, out):
    items = [source(tmp_path, "aü" * 70 + end) for end in ("a.avi", "b.avi")]
    items.append(source(tmp_path, os.fsdecode(b"t\xe9lk.avi")))
    assert len(set(run(out, *items))) == 3 and run(out, *items) == name_results(items, out)
