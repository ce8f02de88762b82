#!/usr/bin/env bash
# The real `make setup ENGINE=torch` in a copy of this folder, under settings that once broke it and with damage that it
# once did not see. About 10 minutes on 2 cores and 4 GB of disk; it needs the package index. Ends with "all repaired".
#
#   tests/tools/setup_faults.sh
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
copy_to() { (cd "$root" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$1"); }
copy_to "$copy"
cd "$copy"

packages() { .venv/bin/python -c 'import tqdm, numpy, torch; print("imports: torch", torch.__version__)'; }
setup() { # WHAT SETTING...
  echo "---- $1"
  SECONDS=0
  env "${@:2}" make setup ENGINE=torch
  echo "---- $SECONDS s"
  packages
}

fails() { # WHAT CAUSE SETTING...: setup ends with a message that names the cause
  echo "---- $1"
  local output
  if output=$(env "${@:3}" make setup 2>&1); then echo "it did not fail"; exit 1; fi
  grep "^error: .*$2" <<<"$output" || { echo "$output"; exit 1; }
}

fails "no network" "the network cannot be reached" PIP_INDEX_URL=http://127.0.0.1:9/ PIP_CONFIG_FILE=/dev/null
fails "PYTHON is too old" "PYTHON=.* it must be 3.11 or newer" PYTHON="$(command -v python3.9 || echo /bin/false)"
if [ "$(id -u)" = 0 ]; then # who may mount
  mkdir full
  mount -t tmpfs -o size=60m tmpfs full
  trap 'umount "$copy/full"; rm -rf "$copy"' EXIT
  copy_to "$copy/full"
  (cd full && fails "the disk is full" "the disk is full")
fi

printf '[install]\ntarget = %s/elsewhere\nuser = true\n[global]\ndry-run = true\n' "$copy" >pip.conf
setup "pip, uv and Python told to install elsewhere or not at all, and HOME cannot be written" \
  PIP_TARGET="$copy/elsewhere" PIP_DRY_RUN=1 PIP_USER=1 PIP_CONFIG_FILE="$copy/pip.conf" UV_TARGET="$copy/elsewhere" \
  PYTHONHOME=/nowhere PYTHONUSERBASE="$copy/elsewhere" HOME=/proc/home
test ! -e elsewhere
setup "nothing is due" PYTHONHOME=/nowhere
rm -r .venv/lib/python3.*/site-packages/tqdm
setup "a package's folder is gone"
library=$(echo .venv/lib/python3.*/site-packages/torch/lib/libtorch_cpu.so)
truncate -s 1M "$library"
setup "PyTorch's library is cut"
rm .venv/.torch .venv/lib/python3.*/site-packages/torch/__init__.py
setup "PyTorch was stopped half-way"
setup "nothing is due"
echo "all repaired"
