"""tools/setup.sh with interpreters that only pretend, in a folder of its own; tools/doctor.py under real Caffe."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from data_prep.system.code import ROOT
from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tests.conftest import NET
from tools.doctor import prove, with_inputs
from tools.net.checks import check_net
from tools.net.prototxt import load_net, save_prototxt
from tools.net.shapes import infer_shapes

COMMANDS = [
    "bash",
    "cat",
    "cut",
    "env",
    "flock",
    "grep",
    "head",
    "make",
    "mkdir",
    "mv",
    "rm",
    "sha256sum",
    "tail",
    "uname",
    "dirname",
]
# Runs the code that the script asks of an interpreter, with another version; -m commands only leave what they would.
PRETENDER = """#!{python} -IS
import os, sys
from types import SimpleNamespace as module
version, has_venv, has_caffe, log = {version!r}, {venv!r}, {caffe!r}, {log!r}
with open(log, "a") as file:
    print(__file__, *["CODE" if sys.argv[k] == "-c" else word for k, word in enumerate(sys.argv[1:])], file=file)
sys.executable, sys.version_info = __file__, tuple(map(int, version.split(".")))
sys.modules["platform"] = module(python_version=lambda: version)
sys.modules["caffe"] = module(layer_type_list=lambda: ["Python"]) if has_caffe else None
sys.modules["ensurepip"] = module(version=lambda: "23.0.1") if has_venv else None
sys.modules["venv"] = module()
kind, what, *rest = sys.argv[1:]
if kind == "-c":
    exec(what)
elif what == "venv":
    os.makedirs(rest[0] + "/bin")
    os.link(__file__, rest[0] + "/bin/python")
elif what == "pip":
    half = os.path.dirname(__file__) + "/half-installed"
    open(half, "w").close()
    if rest[-1] == os.environ.get("PIP_FAILS_ON"):
        sys.exit("no such index")
    os.remove(half)
    os.link({uv!r}, os.path.dirname(__file__) + "/uv")
elif what == "grpc_tools.protoc":
    open(rest[2].split("=")[1] + "/caffe_pb2.py", "w").close()
elif what == "tools.doctor":
    print("doctor: CAFFE_PYTHON", os.environ.get("CAFFE_PYTHON"))
    sys.exit(os.environ.get("DOCTOR_FAILS"))
"""


class Machine:
    """A folder of the project with setup.sh, and a PATH on which only what is put there can be found."""

    def __init__(self, folder):
        self.folder, self.root, self.log = folder, folder / "the project", folder / "log"
        for path in (
            "tools/setup.sh",
            "requirements/main.lock",
            "requirements/caffe.lock",
            "prototxt/caffe.proto",
            "prototxt/disfa/net.prototxt",
            "layers/layer.py",
        ):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(path)
        script = (ROOT / "tools/setup.sh").read_text()
        (self.root / "tools/setup.sh").write_text(script.replace("/usr/bin/python3", str(folder / "debian/python3")))
        (folder / "bin").mkdir()
        for name in COMMANDS:
            (folder / "bin" / name).symlink_to(shutil.which(name))
        (folder / "cpuinfo").write_text("processor: 0\nflags\t\t: fpu sse2 avx avx2 fma\n")
        self.uv("exit 1")

    def file(self, path, text):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def python(self, path, version, venv=True, caffe=False):
        return self.file(
            path,
            PRETENDER.format(
                python=sys.executable,
                version=version,
                venv=venv,
                caffe=caffe,
                log=str(self.log),
                uv=str(self.folder / "uv"),
            ),
        )

    def uv(self, does):
        self.file("uv", f'#!{shutil.which("bash")}\necho "uv $*" >>"{self.log}"\n{does}\n')

    def setup(self, root=None, **environment):
        """(exit status, what it printed) of setup.sh."""
        environment = {
            "PATH": f"{self.folder}/bin:{self.folder}/second",
            "HOME": str(self.folder / "home"),
            "SETUP_CPUINFO": str(self.folder / "cpuinfo"),
            **environment,
        }
        done = subprocess.run(
            [shutil.which("bash"), (root or self.root) / "tools/setup.sh"],
            env=environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def calls(self):
        """What was started since the last question, without the questions asked of interpreters."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        lines = [line for line in lines if "-c CODE" not in line]
        return [line.removeprefix(f"{self.folder}/").removeprefix("the project/") for line in lines]

    def caffe_python(self):
        return (self.root / ".caffe-python").read_text().strip().removeprefix(f"{self.folder}/")


@pytest.fixture
def machine(tmp_path):
    """A machine with python3.11 and python3.9 on PATH."""
    machine = Machine(tmp_path)
    machine.python("bin/python3.11", "3.11.7")
    machine.python("bin/python3.9", "3.9.18")
    return machine


def test_a_fresh_folder_gets_both_environments_and_the_proof(machine):
    status, output = machine.setup()
    assert status == 0, output
    assert [call.split()[:4:2] for call in machine.calls()] == [
        ["bin/python3.11", "venv"],
        [".venv/bin/python", "pip"],
        [".venv/bin/python", "grpc_tools.protoc"],
        ["bin/python3.9", "venv"],
        [".venv-caffe/bin/python", "pip"],
        [".venv/bin/python", "tools.doctor"],
    ]
    assert machine.caffe_python() == "the project/.venv-caffe/bin/python"
    assert (machine.root / "prototxt/caffe_pb2.py").is_file()
    assert "setup: ready after" in output


def test_nothing_is_started_when_nothing_is_due(machine):
    machine.setup()
    machine.log.unlink()
    assert machine.setup() == (0, "setup: nothing to do\n")
    assert not machine.log.exists()


@pytest.mark.parametrize("name", ["python3.11", "python3.9"])
def test_a_shim_that_fails_is_passed_over(machine, name):
    (machine.folder / "second").mkdir()
    (machine.folder / "bin" / name).rename(machine.folder / "second" / name)
    machine.file(f"bin/{name}", "#!/bin/sh\necho 'shim: command not found' >&2\nexit 127\n")
    status, output = machine.setup()
    assert status == 0 and f"({machine.folder}/second/{name})" in output


def test_the_caffe_interpreter_is_the_first_that_answers(machine):
    given = machine.python("elsewhere/python", "3.8.1", caffe=True)
    machine.python("bin/python3", "3.12.1", caffe=True)
    machine.python("debian/python3", "3.9.2", caffe=True)
    machine.python("home/.pyenv/versions/3.9.1/bin/python3.9", "3.9.1")
    machine.uv(
        'mkdir -p "$UV_PYTHON_INSTALL_DIR/cpython-3.9.25/bin"\n'
        'mv "$HOME/3.9" "$UV_PYTHON_INSTALL_DIR/cpython-3.9.25/bin/python3.9"'
    )
    machine.python("home/3.9", "3.9.25")
    machine.setup(CAFFE_PYTHON=str(given))
    assert machine.caffe_python() == "elsewhere/python"
    used_as_it_is = {given: "bin/python3", "bin/python3": "debian/python3"}  # {what is gone: what answers then}
    for gone, answers in used_as_it_is.items():
        (machine.folder / gone).unlink()
        assert machine.setup()[0] == 0
        assert machine.caffe_python() == answers and not (machine.root / ".venv-caffe").exists()
    built_from = {
        "debian/python3": "bin/python3.9",
        "bin/python3.9": "versions/3.9.1/bin/python3.9",
        "home/.pyenv/versions/3.9.1/bin/python3.9": ".python/cpython-3.9.25/bin/python3.9",
    }
    for gone, answers in built_from.items():
        (machine.folder / gone).unlink()
        shutil.rmtree(machine.root / ".venv-caffe", ignore_errors=True)
        assert f"{answers})\nsetup: Caffe interpreter: {machine.root}/.venv-caffe/bin/python" in machine.setup()[1]


@pytest.mark.parametrize(
    "version, venv, message",
    [
        ("3.11.2", True, "is Python 3.11.2; it must import caffe"),
        ("3.9.2", False, "is Python 3.9.2; it must import caffe"),
        (None, True, "is no Python that runs"),
    ],
)
def test_a_given_interpreter_that_cannot_serve_is_refused_by_name(machine, version, venv, message):
    given = machine.folder / "elsewhere/python"
    if version:
        machine.python(given, version, venv=venv)
    status, output = machine.setup(CAFFE_PYTHON=str(given))
    assert status == 1 and f"error: CAFFE_PYTHON={given} {message}" in output
    assert not (machine.root / ".venv").exists()


def test_a_given_python_3_9_makes_the_environment_and_the_proof_is_of_that(machine):
    given = machine.python("elsewhere/python", "3.9.7")
    status, output = machine.setup(CAFFE_PYTHON=str(given))
    assert status == 0 and "doctor: CAFFE_PYTHON None" in output
    assert "elsewhere/python -m venv" in "\n".join(machine.calls())
    for environment in ({"CAFFE_PYTHON": str(given)}, {}, {"CAFFE_PYTHON": ".venv-caffe/bin/python"}):
        assert machine.setup(**environment) == (0, "setup: nothing to do\n")


def test_a_given_interpreter_stays_until_another_is_given(machine):
    first, second = (machine.python(f"{name}/python", "3.8.1", caffe=True) for name in ("first", "second"))
    machine.setup(CAFFE_PYTHON=str(first))
    assert machine.setup() == machine.setup(CAFFE_PYTHON=str(first)) == (0, "setup: nothing to do\n")
    status, output = machine.setup(CAFFE_PYTHON=str(second))
    assert status == 0 and "doctor" in output and machine.caffe_python() == "second/python"


@pytest.mark.parametrize(
    "venv, lock", [(".venv", "requirements/main.lock"), (".venv-caffe", "requirements/caffe.lock")]
)
def test_a_half_built_environment_is_built_anew(machine, venv, lock):
    status, output = machine.setup(PIP_FAILS_ON=lock)
    assert status == 1 and f"no such index\nerror: could not install {lock} into {venv}" in output
    assert (machine.root / venv / "bin/half-installed").exists()
    status, output = machine.setup()
    assert status == 0 and f"setup: {venv} from {lock}, with" in output
    assert not (machine.root / venv / "bin/half-installed").exists()


@pytest.mark.parametrize(
    "path, built",
    [
        ("requirements/main.lock", {".venv"}),
        ("requirements/caffe.lock", {".venv-caffe"}),
        ("prototxt/caffe.proto", set()),
        ("prototxt/disfa/net.prototxt", set()),
        ("layers/layer.py", set()),
    ],
)
def test_a_changed_file_makes_due_what_rests_on_it(machine, path, built):
    machine.setup()
    machine.calls()
    (machine.root / path).write_text("changed")
    status, output = machine.setup()
    calls = "\n".join(machine.calls())
    assert status == 0, output
    assert {venv for venv in (".venv", ".venv-caffe") if f"-m venv {machine.root}/{venv}\n" in calls} == built
    assert "tools.doctor" in calls and "protoc" in calls


def test_a_proof_that_fails_is_due_again(machine):
    status, output = machine.setup(DOCTOR_FAILS="error: loss nan")
    assert status == 1 and output.endswith("error: loss nan\n")
    assert "doctor" in machine.setup()[1]


def test_a_copied_folder_gets_environments_of_its_own(machine):
    machine.setup()
    machine.calls()
    copy = shutil.copytree(machine.root, machine.folder / "copy", symlinks=True)
    assert machine.setup(root=copy)[0] == 0
    assert (copy / ".caffe-python").read_text() == f"{copy}/.venv-caffe/bin/python\n"


@pytest.mark.parametrize("flags, message", [("fpu sse2 avx fma", "no AVX2"), ("fpu avx2", "no FMA"), ("", "no AVX2")])
def test_a_processor_without_avx2_is_one_message_before_anything_is_built(machine, flags, message):
    (machine.folder / "cpuinfo").write_text(f"flags : {flags}\n")
    status, output = machine.setup()
    assert status == 1 and message in output and "CAFFE_PYTHON" in output and output.count("\n") == 1
    assert not machine.calls()
    given = machine.python("elsewhere/python", "3.9.2", caffe=True)
    assert machine.setup(CAFFE_PYTHON=str(given))[0] == 0


def test_engine_torch_adds_pytorch_and_a_machine_without_packaged_caffe_gets_it_instead(machine):
    machine.uv("exit 0")
    status, output = machine.setup(ENGINE="torch")
    assert status == 0 and "setup: ready after" in output and "without real Caffe" not in output
    assert next(call for call in machine.calls() if "requirements/torch.in" in call).startswith("uv pip install")
    (machine.folder / "cpuinfo").unlink()  # e.g. macOS, or ARM's, which tells other flags
    (machine.root / ".caffe-python").unlink()
    (machine.root / ".venv-caffe").rename(machine.folder / "gone")
    status, output = machine.setup(ENGINE="torch")
    assert status == 0 and "without real Caffe" in output and "add ENGINE=torch to every target" in output
    assert not (machine.root / ".venv-caffe").exists() and not any("tools.doctor" in call for call in machine.calls())


def test_what_is_missing_is_named_with_its_remedy(machine):
    (machine.folder / "bin/python3.11").unlink()
    assert "no Python 3.11 or newer" in machine.setup()[1]
    machine.python("bin/python3", "3.12.3", venv=False)
    assert machine.setup()[1].endswith("apt-get install python3.12-venv\n")
    assert "PYTHON=python3.9 is Python 3.9.18; it must be 3.11" in machine.setup(PYTHON="python3.9")[1]
    (machine.folder / "bin/make").unlink()
    assert machine.setup() == (1, "error: make is missing: apt-get install make\n")


def test_no_python_3_9_and_no_network_is_one_message(machine):
    (machine.folder / "bin/python3.9").unlink()
    machine.uv("echo 'dns error' >&2; exit 1")
    status, output = machine.setup()
    assert status == 1 and "dns error\nerror: no Python 3.9 for the packaged Caffe" in output
    assert "CAFFE_PYTHON" in output.splitlines()[-1]
    assert "uv python install --no-bin 3.9" in machine.calls()


def test_doctor_runs_the_committed_net_forward_and_backward_under_real_caffe(project):
    done = project("tools.doctor", cwd=ROOT)
    assert done.returncode == 0, done.stderr
    python, face, caffe = done.stdout.splitlines()
    assert python.startswith(f"Python {sys.version.split()[0]}, OpenCV ") and "protobuf" in python
    assert face == "face detector: haarcascade_frontalface_default.xml loads"
    assert caffe.startswith("caffe 1.0") and "forward and backward of prototxt/disfa/train_val.prototxt, loss" in caffe


def test_doctor_s_net_differs_in_nothing_but_where_data_comes_from():
    net = load_net(NET)
    shapes, weights = infer_shapes(with_inputs(net), caffe_pb2.TRAIN, {})
    assert shapes["data"] == (64, 1, 40, 40) and shapes["label"] == (64, 13, 1, 1) and shapes["fc2"] == (64, 13)
    assert sum(weights.values()) == 104_431
    check_net(with_inputs(net), ["TRAIN"])


def test_doctor_names_a_net_that_cannot_work(tmp_path):
    net = load_net(NET)
    next(layer for layer in net.layer if layer.name == "conv2").bottom[0] = "pool_1"
    save_prototxt(tmp_path / "net.prototxt", net)
    with pytest.raises(InputError, match=f"{tmp_path}/net.prototxt: layer 'conv2'.*pool_1"):
        prove(tmp_path / "net.prototxt")


def test_doctor_s_failure_keeps_the_engine_s_log(monkeypatch, tmp_path):
    monkeypatch.setenv("CAFFE_PYTHON", sys.executable)  # no caffe there
    with pytest.raises(InputError, match="No module named 'caffe'.*engine.log") as error:
        prove(NET)
    log = Path(str(error.value).rsplit(": ", 1)[1].rstrip(")"))
    assert "No module named 'caffe'" in log.read_text()
    shutil.rmtree(log.parent)
    assert not os.path.exists(log)
