#!/usr/bin/env bash
# Make .venv (main Python) and .venv-caffe (real Caffe) from their lock files, and prove that they work. Does only what
# is needed, and may be interrupted: an environment that is half built, or no longer holds what its lock names, is built
# again. Of the caller's settings for Python, pip and uv only those count that say where packages come from.
#
#   PYTHON        a Python 3.11 or newer; default: the first that works of python3.13, 3.12, 3.11, python3, pyenv's
#   ENGINE        "torch": install PyTorch too, or instead where Caffe is not packaged (not x86-64 Linux with AVX2)
#   CAFFE_PYTHON  a Python that imports caffe, or a Python 3.9 for the packaged Caffe; default: the first that works of
#                 a Python that imports caffe, python3.9 on PATH, pyenv's, `uv python install 3.9` (into .python)
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$ROOT/.venv CAFFE_VENV=$ROOT/.venv-caffe CHOICE=.caffe-python PROOF=.venv/.proof
TORCH=$VENV/.torch # the lock that PyTorch in .venv came from, and its digest
PYENV=${PYENV_ROOT:-${HOME:-}/.pyenv}
CPUINFO=${SETUP_CPUINFO:-/proc/cpuinfo} # tests give another file
WANTS_TORCH='' # or "yes": ENGINE=torch, or .venv has it
[ "${ENGINE:-}" != torch ] || WANTS_TORCH=yes
CAFFE='' BARE='' # what choose_caffe finds: a Python with caffe, or a Python 3.9 without it

say() { echo "setup: $*"; }
die() { echo "error: $*" >&2; exit 1; }

# ---- the caller's settings; pip's are read by tools/environment.py --------------------------------------------------
for name in $(compgen -e); do
  case $name in
    UV_DEFAULT_INDEX | UV_INDEX* | UV_EXTRA_INDEX_URL | UV_FIND_LINKS | UV_NO_INDEX | UV_INSECURE_HOST) ;;
    UV_KEYRING_PROVIDER | UV_NATIVE_TLS | UV_SYSTEM_CERTS | UV_HTTP* | UV_OFFLINE | UV_PYTHON_INSTALL_MIRROR) ;;
    PYTHON?* | UV_* | VIRTUAL_ENV | __PYVENV_LAUNCHER__) unset "$name" ;;
  esac
done

uv() { # with no need of HOME
  env UV_NO_CONFIG=1 UV_NO_CACHE=1 UV_HTTP_RETRIES=1 UV_PYTHON_INSTALL_DIR="$ROOT/.python" "$VENV/bin/uv" "$@"
}

# ---- what an interpreter can do. A version manager's shim may be on PATH and fail, so each is asked -----------------
IS_MAIN="import os, sys, venv, ensurepip
print(os.path.realpath(sys.executable)) if sys.version_info >= (3, 11) else sys.exit(1)"
NEEDS_VENV='import sys; v = sys.version_info; print("python%d.%d-venv" % v[:2]) if v >= (3, 11) else sys.exit(1)'
IS_BARE="import os, sys, venv, ensurepip
pip = tuple(map(int, ensurepip.version().split('.')[:2]))  # before 20.3 it does not know Caffe's kind of wheel
print(os.path.realpath(sys.executable)) if sys.version_info[:2] == (3, 9) and pip >= (20, 3) else sys.exit(1)"
IS_CAFFE="import sys, caffe
print(sys.executable) if sys.version_info >= (3, 6) and 'Python' in caffe.layer_type_list() else sys.exit(1)"
VERSION='import platform; print("Python", platform.python_version())'

ask() { PYTHONPATH=$ROOT GLOG_minloglevel=2 "$1" -c "$2" 2>/dev/null </dev/null; } # INTERPRETER CODE
version() { ask "$1" "$VERSION" || echo "no Python that runs"; }
first_answer() { # CODE CANDIDATE...: what CODE prints under the first that runs it, this folder's venvs aside
  local code=$1 candidate answer
  shift
  for candidate; do
    answer=$(ask "$candidate" "$code") || continue
    case $answer in "$ROOT"/.venv*) ;; *) echo "$answer"; return ;; esac
  done
  return 1
}
on_path() { local name; for name; do type -aP "$name" || true; done; }
into_list() { mapfile -t LIST < <("$@"); } # COMMAND...: its lines, which may contain spaces, into LIST

# ---- what is done already -------------------------------------------------------------------------------------------
digest() { cat "$@" | sha256sum | cut -d' ' -f1; }
stamp() { printf '%s\n' "$(digest "$1") in $ROOT" "${2:-}"; } # LOCK INTERPRETER-AS-GIVEN
is_built() { # VENV LOCK [INTERPRETER-AS-GIVEN]: complete, in this folder, from this lock (and interpreter)
  [ -x "$1/bin/python" ] && [ -f "$1/.installed" ] || return 1
  [ "$(head -n 1 "$1/.installed")" = "$(stamp "$2" | head -n 1)" ] &&
    { [ -z "${3:-}" ] || [ "$(tail -n 1 "$1/.installed")" = "$3" ]; }
}
chosen_caffe() { # the Caffe interpreter that the last setup chose, if it still exists
  local python
  [ -f $CHOICE ] && python=$(cat $CHOICE) && [ -x "$python" ] || return 1
  [ "$python" != "$CAFFE_VENV/bin/python" ] || is_built "$CAFFE_VENV" requirements/caffe.lock || return 1
  echo "$python"
}
torch_lock() { # the lock that PyTorch in .venv is from, if it was proven and the lock has not changed
  local lock digest
  [ -s "$TORCH" ] && read -r lock digest <"$TORCH" && [ -f "$lock" ] && [ "$(digest "$lock")" = "$digest" ] &&
    echo "$lock"
}
proof() { # a digest of what the proof depends on, then CAFFE_PYTHON as given
  digest requirements/*.lock prototxt/caffe.proto layers/*.py $CHOICE
  echo "${CAFFE_PYTHON:-}"
}
all_done() {
  is_built "$VENV" requirements/main.lock "${PYTHON:-}" && chosen_caffe >/dev/null &&
    [ -f prototxt/caffe_pb2.py ] && [ -f $PROOF ] &&
    [ "$(head -n 1 $PROOF)" = "$(proof | head -n 1)" ] &&
    { [ -z "${CAFFE_PYTHON:-}" ] || [ "$(tail -n 1 $PROOF)" = "$CAFFE_PYTHON" ]; }
}

drop_broken() { # VENV LOCK...: an environment with a stamp that does not hold what its locks name is built again
  local lacks
  [ -f "$1/.installed" ] && [ -x "$1/bin/python" ] || return 0
  lacks=$("$1/bin/python" -I tools/environment.py lacks "${@:2}" 2>&1) && return
  say "${1##*/} is damaged (${lacks%%$'\n'*}) and is built again"
  rm -f "$1/.installed"
}
drop_broken_environments() {
  local torch=
  if torch=$(torch_lock); then
    WANTS_TORCH=yes # it comes back with the environment
  elif [ -n "$WANTS_TORCH" ] && [ -f "$VENV/.installed" ] &&
    compgen -G "$VENV/lib/*/site-packages/torch*" >/dev/null; then
    say "PyTorch in .venv was never completed, or is of another version; .venv is built again"
    rm -f "$VENV/.installed"
  fi
  drop_broken "$VENV" requirements/main.lock ${torch:+"$torch"}
  drop_broken "$CAFFE_VENV" requirements/caffe.lock
}

# ---- the steps ------------------------------------------------------------------------------------------------------
choose_main() { # sets MAIN
  if [ -n "${PYTHON:-}" ]; then
    MAIN=$(first_answer "$IS_MAIN" "$PYTHON") ||
      die "PYTHON=$PYTHON is $(version "$PYTHON"); it must be 3.11 or newer, with venv (on Debian: python3-venv)"
    return
  fi
  into_list on_path python3.13 python3.12 python3.11 python3
  MAIN=$(first_answer "$IS_MAIN" "${LIST[@]}" "$PYENV"/versions/3.1[1-9].*/bin/python3) && return
  local package
  package=$(first_answer "$NEEDS_VENV" "${LIST[@]}") &&
    die "Python 3.11 or newer is here, but not its venv: apt-get install $package"
  die "no Python 3.11 or newer. Debian 12 or newer, Ubuntu 24.04 or newer: apt-get install python3 python3-venv;" \
    "elsewhere give one as PYTHON=/path/to/python3"
}

choose_caffe() { # sets CAFFE or BARE, or neither where uv has to install a Python 3.9
  if [ -n "${CAFFE_PYTHON:-}" ]; then
    CAFFE=$(first_answer "$IS_CAFFE" "$CAFFE_PYTHON") || BARE=$(first_answer "$IS_BARE" "$CAFFE_PYTHON") ||
      die "CAFFE_PYTHON=$CAFFE_PYTHON is $(version "$CAFFE_PYTHON"); it must import caffe (with Python layers), or be" \
        "3.9 with venv and pip 20.3 or newer; leave it out to have one found or downloaded"
    return
  fi
  CAFFE=$(chosen_caffe) && CAFFE=$(ask "$CAFFE" "$IS_CAFFE") && return
  into_list on_path python3 python
  CAFFE=$(first_answer "$IS_CAFFE" "${LIST[@]}" /usr/bin/python3) && return
  into_list on_path python3.9
  BARE=$(first_answer "$IS_BARE" "${LIST[@]}" "$PYENV"/versions/3.9.*/bin/python3.9 .python/*/bin/python3.9) || BARE=
}

check_packaged_caffe() {
  local other="; point CAFFE_PYTHON at a Python that imports another build of Caffe"
  [ "$(uname -sm)" = "Linux x86_64" ] || die "the packaged Caffe is for Linux on x86-64, this is $(uname -sm)$other"
  local flag
  for flag in avx2 fma; do
    grep -m 1 '^flags' "$CPUINFO" 2>/dev/null | grep -qw $flag ||
      die "this processor has no ${flag^^}, without which the packaged Caffe dies$other, or use a newer processor"
  done
}

has_packaged_caffe() { (check_packaged_caffe) 2>/dev/null; }

cause() { # OUTPUT: what went wrong in an installation and what to do, if its output says so
  case $1 in
    *"No space left"* | *"uota exceeded"*)
      echo "the disk is full; free 2 GB (8 GB for PyTorch with CUDA), in TMPDIR too" ;;
    *"Permission denied"* | *"Read-only file system"*)
      echo "a file or folder cannot be written; mend its permissions, or point HOME and TMPDIR at folders that can" ;;
    *"DO NOT MATCH THE HASHES"* | *"ash mismatch"*)
      echo "the package index has other files than the lock names; use another index" ;;
    *"settings: mend that file"*) echo "pip's own settings are damaged; mend the file named there" ;;
    *"dns error"* | *"name resolution"* | *"Name or service"* | *onnection* | *unreachable* | *"imed out"* | \
      *ProxyError* | *SSLError* | *ertificate*)
      echo "the network cannot be reached; connect to it, or name its proxy" ;;
    *"No matching distribution"*)
      echo "the package index has none for this Python and machine; give another PYTHON, or another index" ;;
    *) return 1 ;;
  esac
}

quietly() { # WHAT REMEDY COMMAND...: if it fails, show its last lines and end with the error WHAT and its cause
  local what=$1 remedy=$2 output
  shift 2
  output=$("$@" 2>&1 </dev/null) ||
    { tail -n 8 <<<"$output" >&2; die "$what (see above): $(cause "$output" || echo "$remedy")"; }
}

pip_install() { # VENV LOCK
  quietly "could not install $2 into ${1##*/}" "it needs the package index" \
    "$1/bin/python" -I tools/environment.py install "$2"
}

check_imports() { # VENV LOCK...
  quietly "${1##*/} does not hold what ${*:2} names" "run it again; if that does not help, try another PYTHON" \
    "$1/bin/python" -I tools/environment.py imports "${@:2}"
}

build_venv() { # VENV LOCK INTERPRETER AS-GIVEN
  if is_built "$1" "$2" "$4"; then return; fi
  say "${1##*/} from $2, with $(version "$3") ($3)"
  rm -rf "$1"
  quietly "$3 cannot make ${1##*/}" "on Debian: apt-get install python3-venv" "$3" -m venv "$1"
  pip_install "$1" "$2"
  check_imports "$1" "$2"
  stamp "$2" "$4" >"$1/.installed"
}

compile_proto() {
  local part=.venv/proto.$$
  mkdir -p $part
  quietly "could not compile prototxt/caffe.proto" "mend that file" \
    "$VENV/bin/python" -m grpc_tools.protoc -I prototxt --python_out=$part prototxt/caffe.proto
  mv $part/caffe_pb2.py prototxt/caffe_pb2.py
  rm -rf $part
}

make_caffe() { # uses or builds the interpreter, and writes its path to .caffe-python
  if [ -z "$CAFFE" ] && ! is_built "$CAFFE_VENV" requirements/caffe.lock "${CAFFE_PYTHON:-}"; then
    if [ -z "$BARE" ]; then
      say "no Python 3.9 here; uv brings one into .python"
      quietly "no Python 3.9 for the packaged Caffe here; set CAFFE_PYTHON to a Python 3.9 (pyenv install 3.9) or to a \
Python that imports caffe. None could be downloaded" "connect to the network" uv python install --no-bin 3.9
      BARE=$(first_answer "$IS_BARE" .python/*/bin/python3.9) ||
        die ".python holds no Python 3.9 that works; delete .python"
    fi
    build_venv "$CAFFE_VENV" requirements/caffe.lock "$BARE" "${CAFFE_PYTHON:-}"
  fi
  echo "${CAFFE:-$CAFFE_VENV/bin/python}" >$CHOICE.part
  mv $CHOICE.part $CHOICE
  say "Caffe interpreter: $(cat $CHOICE)"
}

# ---- PyTorch, an option, in .venv -----------------------------------------------------------------------------------
torch_is_there() { # or nobody wants it
  [ -z "$WANTS_TORCH" ] || torch_lock >/dev/null
}

has_gpu() { # with a driver for CUDA 13.0, which the lock is for
  local driver
  driver=$(nvidia-smi --query-gpu=driver_version --format=csv,noheader 2>/dev/null | head -n 1)
  [ "${driver%%.*}" -ge 580 ] 2>/dev/null && return
  if [[ $driver = [0-9]* ]]; then say "PyTorch cannot use this GPU: its driver is $driver, CUDA 13.0 needs 580"; fi
  return 1
}

fetch_cpu_torch() { # most package indexes lack this build; uv knows one that has it
  local lock=requirements/torch-cpu.lock
  uv pip install -q --python "$VENV/bin/python" --torch-backend cpu --only-binary :all: --require-hashes -r $lock ||
    "$VENV/bin/python" -I tools/environment.py install $lock
} &>/dev/null

note_other_torch() { # GPU= is given, but PyTorch is the other build. Jobs may be running on it, so it stays
  if [ -n "${GPU:-}" ] && [ "$(torch_lock)" = requirements/torch-cpu.lock ] && has_gpu; then
    say "PyTorch in .venv is the build without CUDA; for GPU=$GPU delete .venv and run this again"
  fi
}

install_torch() { # LOCK
  rm -f "$TORCH"
  pip_install "$VENV" "$1"
  check_imports "$VENV" requirements/main.lock "$1"
  echo "$1 $(digest "$1")" >"$TORCH"
}

add_torch() { # the build with CUDA for a GPU, and where the other cannot be had
  if torch_is_there; then return; fi
  local lock=requirements/torch-cuda.lock
  if ! has_gpu; then
    say "PyTorch from requirements/torch-cpu.lock"
    if fetch_cpu_torch; then lock=requirements/torch-cpu.lock; fi
  fi
  [[ $lock = *-cpu.lock ]] || say "PyTorch from $lock, about 5 GB"
  install_torch $lock
}

prove() {
  local state
  state=$(proof)
  rm -f $PROOF
  env -u CAFFE_PYTHON PYTHONPATH="$ROOT" "$VENV/bin/python" -m tools.doctor
  echo "$state" >$PROOF
}

main() {
  cd "$ROOT"
  case ${CAFFE_PYTHON:-} in .venv-caffe/* | "$CAFFE_VENV"/*) unset CAFFE_PYTHON ;; esac # what this makes anyway
  exec 9<"$ROOT" # one setup at a time
  flock -n 9 || { say "waiting for another setup of this folder"; flock 9; }
  trap 'echo; die "stopped; run it again"' INT TERM
  drop_broken_environments
  note_other_torch
  if all_done && torch_is_there; then
    say "nothing to do"
    return
  elif all_done; then
    add_torch
    say "ready after $SECONDS s"
    return
  fi
  # a folder copied with its .venv forgets the choice of the original
  case $(head -n 1 .venv/.installed 2>/dev/null) in *" in $ROOT" | '') ;; *) rm -f $CHOICE ;; esac
  command -v make >/dev/null || die "make is missing: apt-get install make"
  if ! is_built "$VENV" requirements/main.lock "${PYTHON:-}"; then choose_main; fi
  choose_caffe
  if [ "${ENGINE:-}" = torch ] && [ -z "$CAFFE" ] && ! has_packaged_caffe; then
    build_venv "$VENV" requirements/main.lock "${MAIN:-}" "${PYTHON:-}"
    compile_proto
    add_torch
    say "ready after $SECONDS s, without real Caffe, which is not packaged for this machine:" \
      "add ENGINE=torch to every target"
    return
  fi
  [ -n "$CAFFE" ] || check_packaged_caffe
  build_venv "$VENV" requirements/main.lock "${MAIN:-}" "${PYTHON:-}"
  compile_proto
  make_caffe
  add_torch
  prove
  say "ready after $SECONDS s"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then main; fi
