"""What made a result: this project's version and git commit, and the versions of all software behind its numbers."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import cv2

from data_prep.system.code import ROOT, project_version
from tools.engines.process import caffe_python

PACKAGES = ("numpy", "scipy", "scikit-learn", "scikit-image", "lmdb", "protobuf")
COMMIT = "PROJECT_COMMIT"  # environment variable with the commit, for container images, which have no .git
CODE = ("layers/", "prototxt/", "data_prep/", "tools/", "experiments/")  # folders of which new files count, too
ELSEWHERE = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}  # of a git hook that runs in another repository


def made_by(root=ROOT):
    """{"version": of pyproject.toml, "commit": short hash, "edited": whether a file differs from that commit}.

    `root`: the project's folder. Without a git checkout the commit is that of PROJECT_COMMIT. None where unknown.
    """
    commit, edited = checked_out(root)
    commit = commit or os.environ.get(COMMIT) or None
    return {"version": project_version(Path(root)), "commit": commit, "edited": edited}


def checked_out(root):
    """(short hash, whether a file differs from it) of the checkout `root`; None for what git does not tell.

    Files that git does not know count where code and nets are looked for.
    """
    top = git(root, "rev-parse", "--show-toplevel")
    if not top or Path(top).resolve() != Path(root).resolve():  # none, or that of another project around this one
        return None, None
    commit = git(root, "rev-parse", "--short", "HEAD")
    changes = git(root, "status", "--porcelain", "--untracked-files=all")
    if changes is not None:
        lines = (line for line in changes.splitlines() if not line.startswith("??") or line[3:].startswith(CODE))
        changes = "\n".join(lines)
    return commit, None if commit is None or changes is None else bool(changes)


def git(root, *arguments):
    """What a git command prints; None where it fails or there is no git."""
    environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(root), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout.strip()


def made_by_text(made_by):
    """The value of `made_by` as words, such as "version 0.3.0, commit a63e15d (edited)"."""
    text = f"version {made_by['version']}, commit {made_by['commit'] or 'unknown'}"
    return f"{text} (edited)" if made_by["edited"] else text


def versions(engine="caffe"):
    """{software: version} of everything that computes a number with this engine."""
    found = {"python": platform.python_version(), "opencv": cv2.__version__}
    found |= {package: version(package) for package in PACKAGES}
    if engine == "torch":
        return found | {"torch": version("torch")}
    code = (
        "import os; os.environ['GLOG_minloglevel']='3'; import caffe, numpy, platform; "
        "print(caffe.__version__, numpy.__version__, platform.python_version())"
    )
    done = subprocess.run([caffe_python(), "-c", code], capture_output=True, text=True, check=True)
    return found | dict(zip(("caffe", "caffe_numpy", "caffe_python"), done.stdout.split()))
