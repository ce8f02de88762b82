"""tools/setup.sh with interpreters that only pretend, in a folder of its own; tools/doctor.py under real Caffe. What
tools/environment.py finds in a real environment is in test_environment.py."""

import os
import re
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
# Runs the code that the script asks of an interpreter, with another version; -m commands and tools/environment.py only
# leave what they would: an installed lock is a file of its name in the environment's folder `holds`.
PRETENDER = """#!{python} -IS
import os, sys
from types import SimpleNamespace as module
version, has_venv, has_caffe, log = {version!r}, {venv!r}, {caffe!r}, {log!r}
if "PYTHONHOME" in os.environ or "PYTHONUSERBASE" in os.environ:
    sys.exit("Fatal Python error: init_fs_encoding")
with open(log, "a") as file:
    print(__file__, *["CODE" if sys.argv[k] == "-c" else word for k, word in enumerate(sys.argv[1:])], file=file)
sys.executable, sys.version_info = __file__, tuple(map(int, version.split(".")))
sys.modules["platform"] = module(python_version=lambda: version)
sys.modules["caffe"] = module(layer_type_list=lambda: ["Python"]) if has_caffe else None
sys.modules["ensurepip"] = module(version=lambda: "23.0.1") if has_venv else None
sys.modules["venv"] = module()
kind, what, *rest = sys.argv[1:]  # -c CODE, -m MODULE or -I FILE
if kind == "-c":
    exec(what)
elif what == "venv":
    os.makedirs(rest[0] + "/bin")
    os.link(__file__, rest[0] + "/bin/python")
elif what == "tools/environment.py":
    holds = os.path.dirname(__file__) + "/../holds"
    os.makedirs(holds, exist_ok=True)
    command, *locks = rest
    if command == "install":
        half = holds + "/half-installed"
        open(half, "w").close()
        if locks[0] in os.environ.get("INSTALL_FAILS_ON", "").split():
            sys.exit(os.environ.get("INSTALL_SAYS", "no such index"))
        os.remove(half)
        if not os.path.exists(os.path.dirname(__file__) + "/uv"):
            os.link({uv!r}, os.path.dirname(__file__) + "/uv")
        if locks[0] != os.environ.get("INSTALLS_ELSEWHERE"):
            open(holds + "/" + os.path.basename(locks[0]), "w").close()
    missing = [lock for lock in locks if not os.path.exists(holds + "/" + os.path.basename(lock))]
    if missing and command != "install":
        print(*(lock + " is missing" for lock in missing), sep="\\n")
        sys.exit(1)
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
            "requirements/torch-cpu.lock",
            "requirements/torch-cuda.lock",
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
        """What was started since the last question, without what only asks an interpreter or an environment."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        lines = [line for line in lines if not re.search("-c CODE|environment.py (lacks|imports)", line)]
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
        [".venv/bin/python", "tools/environment.py"],
        [".venv/bin/python", "grpc_tools.protoc"],
        ["bin/python3.9", "venv"],
        [".venv-caffe/bin/python", "tools/environment.py"],
        [".venv/bin/python", "tools.doctor"],
    ]
    assert machine.caffe_python() == "the project/.venv-caffe/bin/python"
    assert (machine.root / "prototxt/caffe_pb2.py").is_file()
    assert "setup: ready after" in output


def test_nothing_is_started_when_nothing_is_due(machine):
    machine.setup()
    machine.calls()
    assert machine.setup() == (0, "setup: nothing to do\n")
    assert not machine.calls()


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
    status, output = machine.setup(INSTALL_FAILS_ON=lock)
    assert status == 1 and f"no such index\nerror: could not install {lock} into {venv}" in output
    assert (machine.root / venv / "holds/half-installed").exists()
    status, output = machine.setup()
    assert status == 0 and f"setup: {venv} from {lock}, with" in output
    assert not (machine.root / venv / "holds/half-installed").exists()


@pytest.mark.parametrize(
    "venv, lock", [(".venv", "requirements/main.lock"), (".venv-caffe", "requirements/caffe.lock")]
)
def test_an_installation_that_left_the_environment_without_its_packages_is_not_taken_for_complete(machine, venv, lock):
    status, output = machine.setup(INSTALLS_ELSEWHERE=lock)
    assert status == 1 and f"{lock} is missing\nerror: {venv} does not hold what {lock} names" in output
    assert not (machine.root / venv / ".installed").exists()
    assert machine.setup()[0] == 0


@pytest.mark.parametrize(
    "venv, lock", [(".venv", "requirements/main.lock"), (".venv-caffe", "requirements/caffe.lock")]
)
def test_an_environment_that_lost_a_package_is_built_again(machine, venv, lock):
    machine.setup()
    (machine.root / venv / "holds" / Path(lock).name).unlink()
    status, output = machine.setup()
    assert status == 0 and f"setup: {venv} is damaged ({lock} is missing) and is built again\n" in output
    assert machine.setup() == (0, "setup: nothing to do\n")


def test_settings_of_python_are_ignored(machine):
    settings = {"PYTHONHOME": "/nowhere", "PYTHONPATH": "/nowhere", "PYTHONUSERBASE": "/nowhere"}
    status, output = machine.setup(**settings)
    assert status == 0, output
    assert machine.setup(**settings) == (0, "setup: nothing to do\n")


def test_the_targets_of_make_ignore_the_caller_s_pythonhome():
    show = ["make", "--no-print-directory", "--eval", 'show: ; @echo "$${PYTHONHOME:-not set}"', "show"]
    environment = {**os.environ, "PYTHONHOME": "/nowhere"}
    assert subprocess.run(show, cwd=ROOT, env=environment, capture_output=True, text=True).stdout == "not set\n"


@pytest.mark.parametrize(
    "says, cause",
    [
        ("ERROR: [Errno 28] No space left on device", "the disk is full; free"),
        ("PermissionError: [Errno 13] Permission denied: '/home/me/.cache'", "cannot be written; mend its permissions"),
        ("error: Temporary failure in name resolution", "the network cannot be reached"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "has other files than the lock names"),
        ("pip cannot read its settings: mend that file", "pip's own settings are damaged"),
        ("ERROR: No matching distribution found for numpy", "has none for this Python and machine"),
    ],
)
def test_a_failed_installation_names_its_cause(machine, says, cause):
    status, output = machine.setup(INSTALL_FAILS_ON="requirements/main.lock", INSTALL_SAYS=says)
    error = output.splitlines()[-1]
    assert status == 1 and says in output and cause in error
    assert error.startswith("error: could not install requirements/main.lock into .venv (see above): ")


@pytest.mark.parametrize(
    "path, built",
    [
        ("requirements/main.lock", {".venv"}),
        ("requirements/caffe.lock", {".venv-caffe"}),
        ("prototxt/caffe.proto", set()),
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


def torch_locks(machine):
    """The locks of PyTorch that were installed since the last question, by uv or by pip."""
    return re.findall(r"(uv|environment\.py) .*(requirements/torch-\w+\.lock)", "\n".join(machine.calls()))


def test_engine_torch_adds_pytorch_and_a_machine_without_packaged_caffe_gets_it_instead(machine):
    machine.uv("exit 0")
    status, output = machine.setup(ENGINE="torch")
    assert status == 0 and "setup: ready after" in output and "without real Caffe" not in output
    installed = next(call for call in machine.calls() if "requirements/torch-cpu.lock" in call)
    assert installed.startswith("uv pip install") and "--require-hashes" in installed
    assert machine.setup(ENGINE="torch") == machine.setup() == (0, "setup: nothing to do\n")
    (machine.folder / "cpuinfo").unlink()  # e.g. macOS, or ARM's, which tells other flags
    (machine.root / ".caffe-python").unlink()
    (machine.root / ".venv-caffe").rename(machine.folder / "gone")
    status, output = machine.setup(ENGINE="torch")
    assert status == 0 and "without real Caffe" in output and "add ENGINE=torch to every target" in output
    assert not (machine.root / ".venv-caffe").exists() and not any("tools.doctor" in call for call in machine.calls())


def test_engine_torch_after_a_setup_without_it_adds_nothing_but_pytorch(machine):
    machine.setup()
    machine.calls()
    assert machine.setup(ENGINE="torch")[0] == 0
    assert all("torch-cpu.lock" in call for call in machine.calls())


@pytest.mark.parametrize(
    "driver, fails_on, installed",
    [
        ("", "", "requirements/torch-cpu.lock"),
        ("", "requirements/torch-cpu.lock", "requirements/torch-cuda.lock"),  # no index has it
        ("580.65.06", "", "requirements/torch-cuda.lock"),
        ("535.129.03", "", "requirements/torch-cpu.lock"),
        ("NVIDIA-SMI has failed", "", "requirements/torch-cpu.lock"),
    ],
)
def test_the_build_of_pytorch_is_chosen_by_the_gpu_s_driver(machine, driver, fails_on, installed):
    if driver:
        machine.file("bin/nvidia-smi", f"#!{shutil.which('bash')}\necho '{driver}'\n")
    status, output = machine.setup(ENGINE="torch", INSTALL_FAILS_ON=fails_on)
    assert status == 0, output
    assert torch_locks(machine)[-1] == ("environment.py", installed)
    assert ("its driver is 535.129.03, CUDA 13.0 needs 580" in output) == driver.startswith("535")
    assert machine.setup(ENGINE="torch") == (0, "setup: nothing to do\n")


def test_a_gpu_asked_for_with_the_other_build_of_pytorch_is_named_and_nothing_is_replaced(machine):
    machine.setup(ENGINE="torch")
    machine.calls()
    machine.file("bin/nvidia-smi", f"#!{shutil.which('bash')}\necho 580.65.06\n")
    status, output = machine.setup(ENGINE="torch", GPU="0")
    assert status == 0 and "the build without CUDA; for GPU=0 delete .venv" in output and not machine.calls()


def test_a_pytorch_that_lost_a_file_or_was_half_installed_is_installed_again(machine):
    machine.setup(ENGINE="torch")
    (machine.root / ".venv/holds/torch-cpu.lock").unlink()
    status, output = machine.setup()  # also without ENGINE=torch: .venv had it
    assert status == 0 and ".venv is damaged (requirements/torch-cpu.lock is missing)" in output
    assert (machine.root / ".venv/holds/torch-cpu.lock").exists()
    (machine.root / ".venv/.torch").unlink()  # as when it was stopped before its proof
    (machine.root / ".venv/lib/python3.11/site-packages/torch").mkdir(parents=True)
    status, output = machine.setup(ENGINE="torch")
    assert status == 0 and "PyTorch in .venv was never completed" in output
    assert not (machine.root / ".venv/lib").exists()
    assert machine.setup(ENGINE="torch") == (0, "setup: nothing to do\n")


def test_a_pytorch_that_cannot_be_had_leaves_everything_else_usable(machine):
    both = "requirements/torch-cpu.lock requirements/torch-cuda.lock"
    machine.setup()
    status, output = machine.setup(ENGINE="torch", INSTALL_FAILS_ON=both, INSTALL_SAYS="No space left on device")
    assert status == 1 and "error: could not install requirements/torch-cuda.lock into .venv" in output
    assert "the disk is full" in output.splitlines()[-1]
    assert machine.setup() == (0, "setup: nothing to do\n")
    assert machine.setup(ENGINE="torch")[0] == 0


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
    assert "CAFFE_PYTHON" in output.splitlines()[-1] and "the network cannot be reached" in output.splitlines()[-1]
    assert "uv python install --no-bin 3.9" in machine.calls()


def test_uv_needs_no_home_and_heeds_none_of_the_caller_s_settings_but_where_packages_come_from(machine):
    (machine.folder / "bin/python3.9").unlink()
    machine.uv('env >"$(dirname "$0")/environment"; exit 1')
    machine.setup(UV_TARGET="/nowhere", UV_SYSTEM_PYTHON="1", UV_DEFAULT_INDEX="file:///index", UV_HTTP_TIMEOUT="9")
    settings = re.findall("^(UV_.*)$", (machine.root / ".venv/bin/environment").read_text(), re.MULTILINE)
    assert sorted(settings) == [
        "UV_DEFAULT_INDEX=file:///index",
        "UV_HTTP_RETRIES=1",
        "UV_HTTP_TIMEOUT=9",
        "UV_NO_CACHE=1",
        "UV_NO_CONFIG=1",
        f"UV_PYTHON_INSTALL_DIR={machine.root}/.python",
    ]


def test_a_home_that_cannot_be_written_is_not_blamed_on_the_network(machine):
    (machine.folder / "bin/python3.9").unlink()
    machine.uv("echo 'error: failed to create /proc/home: Permission denied (os error 13)' >&2; exit 1")
    error = machine.setup(HOME="/proc/home")[1].splitlines()[-1]
    assert "cannot be written" in error and "HOME" in error and "network" not in error


def test_doctor_runs_the_committed_net_forward_and_backward_under_real_caffe(project):
    done = project("tools.doctor", cwd=ROOT)
    assert done.returncode == 0, done.stderr
    python, face, caffe = done.stdout.splitlines()
    assert python.startswith(f"Python {sys.version.split()[0]}, OpenCV ") and "protobuf" in python
    assert face == "face detectors: haarcascade_frontalface_default.xml and BlazeFace with its landmarks load"
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
