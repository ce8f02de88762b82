#!/usr/bin/env bash
# Py-Feat, and pandas as OpenFace's users use it, read the tables of tools.detect. Run by hand: it installs Py-Feat in
# FOLDER/env, which takes a few minutes and 7 GB, and needs the package index. Ends with "all read".
#
#   tests/clients/pyfeat.sh FOLDER [VERSION]
set -euo pipefail
folder=$(realpath -m "${1:?usage: tests/clients/pyfeat.sh FOLDER [VERSION]}")
cd "$(dirname "$0")/../.."
mkdir -p "$folder"
[ -x "$folder/env/bin/python" ] || .venv/bin/python -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet "py-feat==${2:-2.0.3}" # with its own torch and pandas
PYTHONPATH=$PWD .venv/bin/python -m tests.clients.make_tables "$folder"
MPLBACKEND=Agg "$folder/env/bin/python" tests/clients/read_tables.py "$folder"
