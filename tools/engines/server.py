"""One process of the torch engine that extracts features for many others: a GPU's memory and start are spent once.

While `serving(device)` lasts, `served(arguments)` in this process and in those that it starts hands an extraction over
to that process, which does one after the other. Where it is gone, the caller extracts in a process of its own.
"""

import contextlib
import os
import tempfile
import time
from multiprocessing.connection import Client, Listener
from pathlib import Path

from data_prep.system.errors import InputError
from tools.engines.process import EngineError, start_engine
from tools.engines.run_folder import ENGINE_LOG
from tools.engines.stops import EngineStop

ADDRESS = "EXTRACTION_SERVER"  # environment variable: the socket, which is there when the server listens
PATIENCE = 120  # ours: seconds to wait for its start, which loads PyTorch


@contextlib.contextmanager
def serving(device):
    """Start the server on the first GPU of `device`; it ends with the block, or with this process."""
    with tempfile.TemporaryDirectory() as folder:
        address = str(Path(folder) / "socket")
        arguments = ["serve", "--device", device.split(",")[0], "--address", address]
        with start_engine("torch", arguments, Path(folder) / ENGINE_LOG) as process:
            os.environ[ADDRESS] = address
            try:
                yield
            finally:
                del os.environ[ADDRESS]
                process.kill()


def served(arguments):
    """Have the server run `extract` with these arguments; False where there is none. Raises EngineError."""
    address = os.environ.get(ADDRESS)
    if not address:
        return False
    until = time.time() + PATIENCE
    while not Path(address).exists() and Path(address).parent.exists() and time.time() < until:
        time.sleep(0.1)
    try:
        with Client(address) as server:
            server.send(list(map(str, arguments)))
            error = server.recv()
    except (OSError, EOFError):
        return False
    if error:
        raise EngineError(error)
    return True


def answer(address, function):
    """In the server: run `function(arguments)` for each that asks, and answer None or what is wrong."""
    with Listener(address) as listener:
        while True:
            with contextlib.suppress(OSError, EOFError), listener.accept() as client:
                client.send(outcome(function, client.recv()))


def outcome(function, arguments):
    try:
        function(arguments)
    except (EngineStop, InputError, OSError) as error:
        return str(error)
    except Exception as error:
        return f"the engine failed: {type(error).__name__}: {error}"
    return None
