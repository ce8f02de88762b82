"""docker/*.Dockerfile, read without a container engine: what would make a build fail, drift or run as root."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from data_prep.system.code import ROOT

DOCKERFILES = sorted((ROOT / "docker").glob("*.Dockerfile"))
INSTRUCTIONS = ["FROM", "ARG", "RUN", "COPY", "WORKDIR", "ENV", "USER", "VOLUME", "CMD"]
every_image = pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name.removesuffix(".Dockerfile"))


def instructions(path):
    """[(instruction, its text)] of a Dockerfile, comments dropped and continued lines joined."""
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    text = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines()]


def ignored():
    """The patterns of .dockerignore."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def is_ignored(path):
    """Whether `path` stays outside: the last pattern that fits it or a folder of it decides; "!" takes back in."""
    parts, outside = Path(path).parts, False
    names = {"/".join(parts[:n]) for n in range(1, len(parts) + 1)}
    for pattern in ignored():
        plain = pattern.removeprefix("!").removeprefix("**/")
        if any(fnmatch(name, plain) for name in names | ({Path(path).name} if "**/" in pattern else set())):
            outside = not pattern.startswith("!")
    return outside


def values(path, instruction):
    return [text for name, text in instructions(path) if name == instruction]


def test_the_three_images_are_there():
    assert [path.name for path in DOCKERFILES] == ["cpu.Dockerfile", "gpu-caffe.Dockerfile", "gpu-torch.Dockerfile"]


@every_image
def test_every_line_is_an_instruction_and_the_first_is_a_base(path):
    names = [name for name, _ in instructions(path)]
    assert names[0] == "FROM" and set(names) <= set(INSTRUCTIONS)


@every_image
def test_every_base_is_pinned_by_a_tag_of_its_release_and_a_digest(path):
    for base in values(path, "FROM"):
        assert re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*@sha256:[0-9a-f]{64}( AS \w+)?", base), base


@every_image
def test_every_file_that_is_copied_exists_and_is_not_ignored(path):
    stages = [base.split(" AS ")[1] for base in values(path, "FROM") if " AS " in base]
    for copy in values(path, "COPY"):
        *sources, _ = copy.split()
        if sources[0].startswith("--from="):
            assert sources[0].removeprefix("--from=") in stages
            continue
        for source in sources:
            assert (ROOT / source).exists() and (source == "." or not is_ignored(source)), source


@every_image
def test_a_container_is_not_root_and_shows_what_can_be_run(path):
    assert values(path, "USER")[-1] not in ("root", "0")
    assert values(path, "CMD") == ['["make", "help"]']


@every_image
def test_data_and_runs_are_volumes_of_the_project_folder(path):
    assert values(path, "WORKDIR")[-1] == "/project"
    assert '"/project/data", "/project/runs"' in values(path, "VOLUME")[-1]
    assert "PYTHONPATH=/project" in " ".join(values(path, "ENV")).split()


@every_image
def test_reports_made_inside_name_the_commit_that_was_given_to_the_build(path):
    assert values(path, "ARG") == ["COMMIT"]
    assert "PROJECT_COMMIT=$COMMIT" in " ".join(values(path, "ENV")).split()


@every_image
def test_packages_come_by_name_from_locks_with_hashes(path):
    text = path.read_text()
    assert not re.search(r"index-url|find-links|trusted-host|https?://", text)
    for command in re.findall(r"pip install.*", "\n".join(values(path, "RUN"))):
        assert "--require-hashes" in command and "--only-binary :all:" in command


@every_image
def test_nothing_is_built_from_source(path):
    for command in values(path, "RUN"):
        assert not re.search(r"\b(cmake|gcc|g\+\+|git|curl|wget|build-essential|\w+-dev)\b", command), command
        assert not re.search(r"\bmake (?!setup\b|python3\b)\w", command), command


@every_image
def test_the_steps_that_are_borrowed_from_setup_are_there(path):
    steps = re.findall(r"\. tools/setup\.sh (.*?)'", " ".join(values(path, "RUN")))
    setup = (ROOT / "tools/setup.sh").read_text()
    names = {name for step in steps for name in re.findall(r"(?:&&|\|\||!)\s*(\w+)", step)}
    assert names and all(re.search(rf"^{name}\(\)", setup, re.MULTILINE) for name in names)


@pytest.mark.parametrize(
    "name",
    [
        ".git",
        ".venv",
        ".venv-caffe",
        ".python",
        ".caffe-python",
        ".ruff_cache",
        "data",
        "runs",
        "DISFA",
        "mine.csv",
        "prototxt/caffe_pb2.py",
        "tools/net/__pycache__",
    ],
)
def test_what_an_image_must_not_hold_stays_outside(name):
    assert is_ignored(name)


@pytest.mark.parametrize(
    "name",
    [
        ".dockerignore",
        "data_prep",
        "docker/docker.mk",
        "experiments",
        "layers",
        "prototxt",
        "tests",
        "tools",
        "Makefile",
        "CITATION.cff",
        "README.md",
        "pyproject.toml",
        "requirements/main.lock",
    ],
)
def test_what_the_targets_need_goes_in(name):
    assert (ROOT / name).exists() and not is_ignored(name)


@pytest.mark.parametrize("name", ["torch-cuda.lock", "torch-cpu.lock"])
def test_pytorch_s_locks_have_the_packages_of_the_main_lock(name):
    def pins(path):  # a package may be there twice, for different Pythons
        return set(re.findall(r"^([\w.-]+)==(\S+)", path.read_text(), re.MULTILINE))

    main, torch = pins(ROOT / "requirements/main.lock"), pins(ROOT / "requirements" / name)
    shared = {pin for pin in torch if pin[0] in dict(main)}
    assert "torch" in dict(torch) and "typing-extensions" in dict(shared)
    assert shared <= main


def test_pytorch_s_locks_are_of_the_same_release_and_only_one_brings_cuda():
    texts = {build: (ROOT / f"requirements/torch-{build}.lock").read_text() for build in ("cpu", "cuda")}
    releases = {re.search(r"^torch==([\d.]+)", text, re.MULTILINE).group(1) for text in texts.values()}
    assert len(releases) == 1
    assert "nvidia-" not in texts["cpu"] and "nvidia-cudnn" in texts["cuda"]
    assert re.search(r"^torch==[\d.]+\+cpu .*\\\n    --hash=sha256:", texts["cpu"], re.MULTILINE)
