#!/usr/bin/env bash
# Run a target of the Makefile in a container: docker/run.sh TARGET [VARIABLE...]
#
# `make docker-TARGET` calls this with the names of the variables it was given. Their values are in the environment, as
# are CONTAINER, IMAGE, GPUS and RUNS (docker/README.md). What a variable names on this machine is mounted read-only,
# and the target is told where: DISFA=/datasets/DISFA. The folder of a file is mounted, as a CSV's pictures lie in or
# below it. What lies in data/, RUNS or prototxt/ has the same name inside.
set -euo pipefail
cd -P "$(dirname "$0")/.."

INPUTS="A B BP4D CKPLUS CSV DATA DISFA FOLD ICT MODEL NET ROOT SEARCHED SOLVER TEST TRAIN"
INTERPRETERS="PYTHON CAFFE_PYTHON"
FOR_US="CONTAINER GPUS IMAGE RUNS"
TARGET=$1 GIVEN=" ${*:2} "
OPTIONS=() SETTINGS=(RUNS=runs) # of `docker run`; of make inside

die() { echo "error: $*" >&2; exit 1; }
has() { [[ " $1 " = *" $2 "* ]]; } # LIST WORD
given() { has "$GIVEN" "$1" && [ -n "${!1:-}" ]; } # VARIABLE

mount() { # HOST CONTAINER [OPTIONS]
  case $1 in *:*) die "$1: a container cannot mount a folder with a colon in its path; rename it" ;; esac
  OPTIONS+=(-v "$1:$2${3:+:$3}")
}

is_name() { # VARIABLE VALUE: TRAIN=disfa names a dataset, TRAIN=mine.csv is a file
  has "TRAIN TEST" "$1" && [[ $2 != *[./]* ]]
}

add_input() { # VARIABLE VALUE
  local path
  [ -e "$2" ] || die "$1=$2: no such file or folder"
  path=$(realpath "$2")
  case $path in
    "$runs_here" | "$runs_here"/*) SETTINGS+=("$1=runs${path#"$runs_here"}") ;;
    "$data_here" | "$data_here"/*) SETTINGS+=("$1=data${path#"$data_here"}") ;;
    "$PWD"/prototxt/*) SETTINGS+=("$1=${path#"$PWD/"}") ;;
    *)
      if [ -d "$path" ]; then
        mount "$path" "/datasets/$1" ro
        SETTINGS+=("$1=/datasets/$1")
      else
        mount "$(dirname "$path")" "/datasets/$1" ro
        SETTINGS+=("$1=/datasets/$1/$(basename "$path")")
      fi
      ;;
  esac
}

add_gpu() {
  local device=0
  if given GPU; then
    device=$GPU
  elif [ "$IMAGE" = gpu-torch ] && given ENGINE && [ "$ENGINE" = caffe ]; then
    device=cpu # the packaged Caffe has no CUDA
    OPTIONS+=(-e GPU=cpu)
  fi
  if [ "$device" = cpu ]; then
    echo "docker: $IMAGE computes without a GPU" >&2
    [ "$IMAGE" = gpu-caffe ] || return 0 # NVCaffe does not start where there is none
  else
    echo "docker: $IMAGE computes on GPU $device (GPU=cpu: without)" >&2
  fi
  # shellcheck disable=SC2206  # several options
  OPTIONS+=($GPUS)
}

type "${CONTAINER%% *}" &>/dev/null || die "no $CONTAINER here; install it, or name another, such as CONTAINER=podman"
mkdir -p data "$RUNS"
data_here=$(realpath data) runs_here=$(realpath "$RUNS")
mount "$data_here" /project/data
mount "$runs_here" /project/runs

for name in $GIVEN; do
  value=${!name:-}
  if has "$INTERPRETERS" "$name"; then
    die "$name=$value: an image has its own interpreters; leave it out"
  elif [ -z "$value" ] || has "$FOR_US" "$name"; then
    continue
  elif has "$INPUTS" "$name" && ! is_name "$name" "$value"; then
    add_input "$name" "$value"
  else
    OPTIONS+=(-e "$name")
  fi
done

case $IMAGE in gpu-*) add_gpu ;; esac
case $CONTAINER in *podman) [ "$(id -u)" = 0 ] || OPTIONS+=(--userns keep-id) ;; esac
if [ -t 0 ] && [ -t 1 ]; then OPTIONS+=(-it); fi

make --no-print-directory image
# label=disable: under SELinux a container sees no folder that is not labelled for it, and labelling a dataset or a home
# folder (":z") would change it for everybody
$CONTAINER run --rm --init --user "$(id -u):$(id -g)" --security-opt label=disable "${OPTIONS[@]}" \
  "facial-aus:$IMAGE" make "$TARGET" "${SETTINGS[@]}"
