"""Run an engine as a process of its own and turn its failure into one clear error.

  caffe  real Caffe, the default and the reference: CAFFE_PYTHON, or else what `make setup` wrote to .caffe-python
  torch  the same files on PyTorch, in main Python: `make setup ENGINE=torch`

An engine runs in the caller's folder with a fixed number of BLAS threads: one thread is fastest for one of our nets,
and makes a run repeatable to the bit.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from data_prep.system.code import ROOT
from data_prep.system.errors import InputError
from tools.engines.run_folder import ENGINE_LOG
from tools.engines.stops import DIVERGED, MARK

THREADS = 1  # ours: as many processes as cores, one thread each
# Otherwise glibc returns the memory of each blob to the system and fetches it anew: 8,000 page faults an iteration
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**32)}
INTERPRETER_FILE = ROOT / ".caffe-python"
FATAL = re.compile(r"^F\d{4,8} .*?\] (.*)$", re.MULTILINE)
FATAL_CAUSES = {  # words of Caffe's FATAL line: what it means
    "CPU-only": "this Caffe was built without CUDA; give GPU=cpu, or point CAFFE_PYTHON at a build that has it",
    "SerializeToOstream": "the weights could not be written completely; is the disk full? Make room and run it again",
}
MEMORY = re.compile(r"failed to map segment|Cannot allocate memory|MemoryError|bad_alloc")
FULL = 2**16  # bytes free on a disk on which not even an error finds room
PYTHON_ERROR = re.compile(r"^((?!SystemError)[\w.]*Error: .*)$", re.MULTILINE)  # pycaffe wraps errors in a SystemError
START = "tools.engines.start"
ENGINES = {"caffe": "tools.engines.caffe_engine", "torch": "tools.engines.torch.engine"}  # name: its entry point


class EngineError(InputError):
    """The engine failed; the message carries its last FATAL line."""


class TrainingDiverged(EngineError):
    """The training or the validation loss became infinite or NaN."""


def caffe_python():
    """Path of the interpreter that imports caffe. Raises InputError if none was set up."""
    given = os.environ.get("CAFFE_PYTHON")
    if given:
        return given
    if INTERPRETER_FILE.is_file():
        return INTERPRETER_FILE.read_text().strip()
    raise InputError("no Caffe interpreter: run `make setup`, or set CAFFE_PYTHON to a Python that imports caffe")


def engine_python(engine):
    """Path of the interpreter that runs `engine`. Raises InputError if it was not set up."""
    if engine == "caffe":
        return caffe_python()
    if not importlib.util.find_spec("torch"):
        raise InputError("PyTorch is not installed: run `make setup ENGINE=torch`, or use the default, real Caffe")
    return sys.executable


def run_engine(engine, arguments, log_path, threads=THREADS, log_stays=True):
    """Run `engine` with `arguments`; its output goes to `log_path`, which errors name if it stays.

    Raises TrainingDiverged for a loss that is not finite, EngineError for any other failure.
    """
    with start_engine(engine, arguments, log_path, threads) as process:
        status = process.wait()
    if status == DIVERGED:
        raise TrainingDiverged(explain(log_path, status, log_stays))
    if status:
        raise EngineError(explain(log_path, status, log_stays))


def start_engine(engine, arguments, log_path, threads=THREADS):
    """The process of `engine` with `arguments`, which ends when its standard input is closed: here, or by the system
    when this process ends. Its output goes to `log_path`."""
    environment = dict(
        os.environ,
        PYTHONPATH=str(ROOT),
        OPENBLAS_NUM_THREADS=str(threads),
        OMP_NUM_THREADS=str(threads),
        MKL_NUM_THREADS=str(threads),
        GLOG_minloglevel="2",
        PYTHONDONTWRITEBYTECODE="1",
        CUBLAS_WORKSPACE_CONFIG=":4096:8",  # makes cuBLAS deterministic
        **KEEP_MEMORY,
    )
    command = [engine_python(engine), "-m", START, ENGINES[engine], *map(str, arguments)]
    with open(log_path, "w") as log:
        try:
            return subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
            )
        except OSError as error:
            raise InputError(
                f"{command[0]}: cannot run the engine's interpreter ({error.strerror}); "
                "run `make setup` or correct CAFFE_PYTHON"
            ) from error


def check_device(engine, device):
    """Raise an error if `engine` is not set up or cannot compute on `device`: "cpu", or GPU numbers as in "0,1"."""
    engine_python(engine)
    numbers = device.split(",")
    if engine == "caffe" and len(numbers) > 1:
        raise InputError(f"GPU={device}: real Caffe trains on one GPU; give one number, or use ENGINE=torch")
    if len(set(numbers)) < len(numbers):
        raise InputError(f"GPU={device}: the same GPU twice; give each number once")
    for number in numbers if device != "cpu" else ():
        with tempfile.TemporaryDirectory() as folder:
            run_engine(engine, ["device", "--device", number], Path(folder) / ENGINE_LOG, log_stays=False)


def explain(log_path, status, log_stays=True):
    """What went wrong in one line, from an engine's output and exit status."""
    text, folder = Path(log_path).read_text(errors="replace"), Path(log_path).parent
    where = f" (all of its output: {log_path})" if log_stays else ""
    fatal = FATAL.findall(text)
    for words, cause in FATAL_CAUSES.items():
        if fatal and words in fatal[-1]:
            return f"{folder}: {cause}" if log_stays else cause
    if fatal:
        return f"Caffe stopped: {fatal[-1]}{where}"
    stops = [line for line in text.splitlines() if line.startswith(MARK)]
    if stops:
        return stops[-1].removeprefix(MARK) + (f" (log: {log_path})" if log_stays else "")
    errors = PYTHON_ERROR.findall(text)
    if MEMORY.search(text):
        why = "there is not enough memory; free some, raise `ulimit -v`, or run fewer JOBS"
    elif errors:
        why = errors[-1]
    elif shutil.disk_usage(folder).free < FULL:
        why = f"the disk of {folder} is full; make room and run the same command again"
    elif status in (-9, 137):
        why = f"exit status {status} (killed)"
    else:
        why = f"exit status {status}"
    return f"the engine failed: {why}{where}"
