"""What `make clean` deletes, and what it leaves."""

import subprocess

from data_prep.subjects.lmdb_pair import write_lmdb_pair
from data_prep.synthetic.people import write_people
from data_prep.system.code import ROOT
from data_prep.system.files import only_writer
from experiments.clean import main
from tests.conftest import striped_images


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_runs_lmdbs_and_drawn_faces_go_and_the_users_files_stay(tmp_path, capsys):
    runs = tmp_path / "my runs"
    for name in ("demo", "nets/disfa_split"):
        with only_writer(runs / name) as folder:
            (folder / "report.html").touch()
    write_lmdb_pair(runs / "lmdb/disfa/train", *striped_images(4, 2))
    (runs / "index.html").write_text("<title>My own page</title>")
    (runs / ".busy").touch()
    with only_writer(runs / "table1") as folder:
        (folder / "fold_SN001").mkdir()
        (folder / "fold_SN001/my notes.txt").write_text("mine")
    (runs / "notes").mkdir()
    (runs / "notes/thesis.tex").write_text("mine")
    (runs / "bundle").mkdir()
    (runs / "bundle/bundle.json").write_text("{}")
    (runs / "bundle/mine.txt").write_text("mine")
    (tmp_path / "elsewhere").mkdir()
    (runs / "link").symlink_to(tmp_path / "elsewhere")
    main([str(runs), str(tmp_path / "not there")])
    assert files_in(runs) == [
        "bundle/bundle.json",
        "bundle/mine.txt",
        "index.html",
        "notes/thesis.tex",
        "table1/.lock",
        "table1/fold_SN001/my notes.txt",
    ]
    printed = capsys.readouterr().out
    assert f"{runs}/table1 stays: it holds fold_SN001/my notes.txt, which this project does not write" in printed
    assert f"{runs}/notes/thesis.tex stays" in printed and (tmp_path / "elsewhere").is_dir()
    (runs / "table1/fold_SN001/my notes.txt").unlink()
    for path in ("notes", "bundle"):
        for file in (runs / path).iterdir():
            file.unlink()
    (runs / "index.html").unlink()
    (runs / "link").unlink()
    main([str(runs)])
    assert not runs.exists()


def test_make_clean_takes_a_folder_with_a_space_in_its_name_as_one(tmp_path):
    recipe = subprocess.run(
        ["make", "-n", "-C", ROOT, "clean", f"RUNS={tmp_path}/my runs"], capture_output=True, text=True, check=True
    ).stdout
    assert f'experiments.clean "{tmp_path}/my runs"' in recipe and "rm " not in recipe


def test_all_that_a_run_and_a_drawn_tree_hold_is_known(tmp_path):
    from data_prep.synthetic.bp4d import write_bp4d
    from data_prep.synthetic.ckplus import write_ckplus
    from data_prep.synthetic.disfa import write_disfa

    write_disfa(tmp_path / "synthetic/DISFA", 1, 2, seed=0, jobs=1)
    write_bp4d(tmp_path / "synthetic/BP4D", 1, 2, seed=0, jobs=1)
    write_ckplus(tmp_path / "synthetic/CK+", 1, seed=0, jobs=1)
    main([str(tmp_path / "synthetic")])
    assert not (tmp_path / "synthetic").exists()


def test_drawn_people_go_with_their_csv(tmp_path):
    write_people(tmp_path / "synthetic/csv", 1, 2, 0, 1)
    assert (tmp_path / "synthetic/csv/people.csv").is_file()
    main([str(tmp_path / "synthetic")])
    assert not (tmp_path / "synthetic").exists()
