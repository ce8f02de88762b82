"""tools/environment.py in a real environment: what it installs whatever the caller's settings, and what it finds."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import packaging
import pytest

from data_prep.system.code import ROOT
from tools import environment as environment_module

FILES = {
    "nose/__init__.py": "from nose import bridge\n",
    "nose/bridge.py": "LENGTH = 4\n",
    "nose/fast.so": "compiled",
    "nose-1.2.dist-info/METADATA": "Metadata-Version: 2.1\nName: nose\nVersion: 1.2\n",
    "nose-1.2.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def record_digest(text):
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def write_wheel(path):
    """Write a wheel of the package `nose` and return its digest."""
    record = "nose-1.2.dist-info/RECORD"
    rows = [f"{name},{record_digest(text)},{len(text)}\n" for name, text in FILES.items()]
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in FILES.items():
            wheel.writestr(name, text)
        wheel.writestr(record, "".join([*rows, f"{record},,\n"]))
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Environment:
    """A virtual environment, a package index that is a folder, and a lock for the package in it."""

    def __init__(self, folder):
        self.folder = folder
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        self.python = folder / "venv/bin/python"
        (self.site,) = (folder / "venv/lib").glob("python3.*/site-packages")
        shutil.copytree(Path(packaging.__file__).parent, self.site / "packaging")
        (folder / "index").mkdir()
        digest = write_wheel(folder / "index/nose-1.2-py3-none-any.whl")
        self.lock = folder / "nose.lock"
        self.lock.write_text(
            "absent==3.0 ; sys_platform == 'none of ours' \\\n    --hash=sha256:0\n"
            f"nose==1.2 \\\n    --hash=sha256:{digest}\n    # via -r nose.in\n"
        )

    def run(self, command, **settings):
        """(exit status, what it printed) of tools/environment.py, with the caller's settings."""
        done = subprocess.run(
            [self.python, "-I", ROOT / "tools/environment.py", command, self.lock],
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder / "home"), **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def remove(self, names="nose*"):
        for folder in self.site.glob(names):
            shutil.rmtree(folder)

    def index(self):
        return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.folder / "index")}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An environment with its lock installed, and a copy of what the tests damage."""
    environment = Environment(tmp_path_factory.mktemp("environment"))
    status, output = environment.run("install", **environment.index())
    assert status == 0, output
    for name in ("nose", "nose-1.2.dist-info", "packaging"):
        shutil.copytree(environment.site / name, environment.folder / "kept" / name)
    return environment


@pytest.fixture
def environment(made):
    """The same, mended after the test."""
    yield made
    made.remove()
    made.remove("packaging")
    shutil.copytree(made.folder / "kept", made.site, dirs_exist_ok=True)


def test_an_installed_lock_lacks_nothing_and_imports(environment):
    assert environment.run("lacks") == environment.run("imports") == (0, "")


@pytest.mark.parametrize(
    "settings",
    [
        {"PIP_TARGET": "elsewhere"},
        {"PIP_DRY_RUN": "1"},
        {"PIP_USER": "1"},
        {"PIP_QUIET": "3"},
        {"PIP_PYTHON": "/nowhere/python"},
        {"PIP_CONSTRAINT": "/nowhere/constraints"},
        {"PYTHONHOME": "/nowhere"},
        {"PYTHONUSERBASE": "elsewhere"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_settings_in_the_caller_s_environment_are_ignored(environment, settings):
    environment.remove()
    status, output = environment.run("install", **environment.index(), **settings)
    assert status == 0, output
    assert environment.run("imports", **settings) == (0, "")


@pytest.mark.parametrize("place", ["home/.config/pip/pip.conf", "given.conf"])
def test_of_a_settings_file_only_where_packages_come_from_counts(environment, place):
    environment.remove()
    settings = environment.folder / place
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(
        f"[install]\ntarget = {environment.folder}/elsewhere\ndry-run = true\nno-index = true\n"
        f"[global]\nquiet = 2\nconstraint = /nowhere\nfind-links =\n  /nowhere\n  {environment.folder}/index\n"
    )
    given = {"PIP_CONFIG_FILE": str(settings)} if place == "given.conf" else {}
    status, output = environment.run("install", **given)
    settings.unlink()
    assert status == 0, output
    assert environment.run("imports") == (0, "")
    assert not (environment.folder / "elsewhere").exists()


def test_a_settings_file_that_pip_cannot_read_is_named(environment):
    settings = environment.folder / "broken.conf"
    settings.write_text("no section\n")
    status, output = environment.run("install", PIP_CONFIG_FILE=str(settings))
    assert status == 1 and str(settings) in output and output.endswith("settings: mend that file\n")


def test_a_file_with_another_digest_is_not_installed(environment):
    environment.remove()
    lock = environment.lock.read_text()
    environment.lock.write_text(re.sub("[0-9a-f]{64}", "0" * 64, lock))
    status, output = environment.run("install", **environment.index())
    environment.lock.write_text(lock)
    assert status and "DO NOT MATCH THE HASHES" in output
    assert environment.run("lacks") == (1, "nose is missing\n")


@pytest.mark.parametrize(
    "damage, found",
    [
        (lambda site: shutil.rmtree(site / "nose-1.2.dist-info"), "nose is missing"),
        (lambda site: (site / "nose-1.2.dist-info/RECORD").unlink(), "nose is half installed"),
        (lambda site: (site / "nose-1.2.dist-info/RECORD").write_bytes(b"\xff\x00"), "UnicodeDecodeError"),
        (lambda site: (site / "nose/bridge.py").unlink(), "nose is incomplete: nose/bridge.py"),
        (lambda site: shutil.rmtree(site / "nose"), "nose is incomplete: nose/"),
        (lambda site: (site / "nose/fast.so").write_text("compi"), "nose is incomplete: nose/fast.so"),
        (lambda site: shutil.rmtree(site / "packaging"), "No module named 'packaging'"),
        (lambda site: (site / "nose-1.2.dist-info").rename(site / "nose-1.3.dist-info"), "nose is 1.3, not 1.2"),
    ],
    ids=["no metadata", "no list", "a binary list", "a file", "the folder", "cut", "packaging", "another version"],
)
def test_what_is_no_longer_whole_is_found(environment, damage, found):
    damage(environment.site)
    metadata = environment.site / "nose-1.3.dist-info/METADATA"
    if metadata.exists():
        metadata.write_text(metadata.read_text().replace("1.2", "1.3"))
    status, output = environment.run("lacks")
    assert status == 1 and found in output and output.count("\n") == 1
    assert environment.run("imports") == (status, output)


def test_a_module_that_cannot_be_imported_is_found_by_importing_only(environment):
    (environment.site / "nose/bridge.py").write_text("import cartilage\n")
    assert environment.run("lacks") == (0, "")
    status, output = environment.run("imports")
    assert status == 1
    assert output == "nose cannot be imported: ModuleNotFoundError: No module named 'cartilage'\n"


@pytest.fixture
def here(monkeypatch, tmp_path):
    """Call tools/environment.py in this process, on a lock that pins a package: its exit status."""

    def call(command, package, pin):
        lock = tmp_path / "a.lock"
        lock.write_text(f"{package}=={pin} \\\n    --hash=sha256:0\nabsent==1.0 ; python_version < '3'\n")
        monkeypatch.setattr(sys, "argv", ["environment.py", command, str(lock)])
        try:
            environment_module.main()
        except SystemExit as end:
            return end.code
        return 0

    return call


def test_a_package_is_compared_with_its_pin_and_imported(here, capsys):
    installed = version("tqdm")
    assert here("lacks", "tqdm", installed) == here("imports", "tqdm", installed) == 0 and not capsys.readouterr().out
    assert here("lacks", "tqdm", "0.1") == 1
    assert capsys.readouterr().out == f"tqdm is {installed}, not 0.1\n"
    assert here("imports", "no-such-package", "1.0") == 1
    assert capsys.readouterr().out == "no-such-package is missing\n"


@pytest.mark.parametrize("package", sorted(environment_module.ONLY_READ))
def test_a_package_that_is_only_read_must_be_there_and_is_not_imported(here, capsys, package):
    installed = version(package)  # importing it fails, as what it needs is not installed
    assert here("imports", package, installed) == 0 and not capsys.readouterr().out
    assert here("imports", package, "0.1") == 1


def test_an_installation_takes_hashes_wheels_and_none_of_the_callers_settings(here, monkeypatch):
    calls = []

    def run(command, env, check):
        calls.append((command, env))
        return subprocess.CompletedProcess(command, 7)

    for name, value in {"PIP_TARGET": "/elsewhere", "PIP_DRY_RUN": "1", "PIP_CERT": "/a.pem"}.items():
        monkeypatch.setenv(name, value)
    settings = environment_module.pip_environment()
    assert "PIP_TARGET" not in settings and "PIP_DRY_RUN" not in settings and settings["PIP_CERT"] == "/a.pem"
    monkeypatch.setattr(environment_module.subprocess, "run", run)
    monkeypatch.setattr(environment_module, "pip_environment", dict)
    assert here("install", "tqdm", "1.0") == 7
    assert {"--require-hashes", "--only-binary=:all:", "--no-deps"} <= set(calls[0][0])
