"""Which version and which commit made a result."""

import os
import subprocess

import pytest

from tools.report.versions import COMMIT, made_by, made_by_text, versions


@pytest.fixture(autouse=True)
def no_commit_of_an_image(monkeypatch):
    monkeypatch.delenv(COMMIT, raising=False)


@pytest.fixture
def project(tmp_path):
    """A folder with a pyproject.toml, in no repository."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "p"\nversion = "1.2.3"\n')
    return folder


@pytest.fixture
def checkout(project):
    """The project as a git repository with one commit."""
    (project / "code.py").write_text("a = 1\n")
    run(project, "init", "-q")
    run(project, "add", ".")
    run(project, "-c", "user.name=n", "-c", "user.email=e@example.org", "commit", "-q", "-m", "first")
    return project


def run(folder, *arguments):
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_clean_checkout_gives_its_version_and_commit(checkout):
    commit = run(checkout, "rev-parse", "--short", "HEAD")
    assert made_by(checkout) == {"version": "1.2.3", "commit": commit, "edited": False}


def test_a_new_layer_makes_a_checkout_edited_and_notes_do_not(checkout):
    (checkout / "notes.txt").write_text("not tracked")
    assert made_by(checkout)["edited"] is False
    (checkout / "layers").mkdir()
    (checkout / "layers/mine.py").write_text("")
    assert made_by(checkout)["edited"] is True


def test_a_changed_file_makes_a_checkout_edited(checkout):
    (checkout / "code.py").write_text("a = 2\n")
    assert made_by(checkout)["edited"] is True
    run(checkout, "add", "code.py")
    assert made_by(checkout)["edited"] is True


@pytest.mark.parametrize("commit, shown", [("abc1234", "abc1234"), ("", None), (None, None)])
def test_outside_of_a_checkout_the_commit_is_that_of_the_image(project, monkeypatch, commit, shown):
    if commit is not None:
        monkeypatch.setenv(COMMIT, commit)
    assert made_by(project) == {"version": "1.2.3", "commit": shown, "edited": None}


def test_a_repository_around_the_project_is_another_one(checkout):
    inner = checkout / "vendored"
    inner.mkdir()
    (inner / "pyproject.toml").write_text((checkout / "pyproject.toml").read_text())
    assert made_by(inner) == {"version": "1.2.3", "commit": None, "edited": None}


def test_a_repository_that_git_refuses_is_unknown(checkout, monkeypatch):
    monkeypatch.setenv("GIT_DIR", "/nowhere")  # of a hook that runs in another repository
    assert made_by(checkout)["commit"]
    (checkout / ".git/HEAD").write_text("garbage")
    assert made_by(checkout) == {"version": "1.2.3", "commit": None, "edited": None}


def test_before_its_first_commit_a_checkout_has_none(project):
    run(project, "init", "-q")
    assert made_by(project) == {"version": "1.2.3", "commit": None, "edited": None}


def test_without_git_the_commit_is_unknown(checkout, monkeypatch):
    monkeypatch.setenv("PATH", os.devnull)
    assert made_by(checkout) == {"version": "1.2.3", "commit": None, "edited": None}


def test_the_project_itself_has_a_version():
    assert made_by()["version"][0].isdigit()


@pytest.mark.parametrize(
    "commit, edited, text",
    [
        ("abc1234", True, "version 1.2.3, commit abc1234 (edited)"),
        ("abc1234", False, "version 1.2.3, commit abc1234"),
        (None, None, "version 1.2.3, commit unknown"),
    ],
)
def test_the_words_tell_an_edited_commit_from_a_clean_one(commit, edited, text):
    assert made_by_text({"version": "1.2.3", "commit": commit, "edited": edited}) == text


def test_the_software_behind_a_number_is_that_of_its_engine():
    caffe = versions("caffe")
    assert caffe["caffe"] and caffe["caffe_python"] and "torch" not in caffe
    assert list(caffe)[:2] == ["python", "opencv"] and {"scikit-learn", "scikit-image"} <= set(caffe)
