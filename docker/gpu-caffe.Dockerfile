# The project on a Pascal, Volta or Turing GPU with real Caffe: NVIDIA's last image of it (NVCaffe 0.17, Ubuntu 18.04,
# Python 3.6, CUDA 10.2), and a ready-made Python 3.11 beside it for everything else. Nothing is compiled.
#
#   docker build -f docker/gpu-caffe.Dockerfile -t facial-aus:gpu-caffe .
#
# Digests are those that docker-library/repo-info and singularityhub/shpc-registry list; no registry was asked.
#
# NVCaffe writes weights in a format of its own, which no other Caffe reads, unless its solver says otherwise:
# tools/caffe_engine.py does that.
FROM debian:bookworm-20260803-slim@sha256:abd67ffcfa541b485a3dff59865ab629aa048a6c613e639d36e7456b0b229241 AS python

RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*

# uv as the lock has it; its Python 3.11 runs on Ubuntu 18.04 too.
COPY requirements/main.lock /tmp/
RUN sed -n '/^uv==/,/# via/p' /tmp/main.lock >/tmp/uv.lock \
 && python3 -m venv /opt/uv \
 && /opt/uv/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r /tmp/uv.lock \
 && /opt/uv/bin/uv python install --no-bin --install-dir /opt/python 3.11


FROM nvcr.io/nvidia/caffe:20.03-py3@sha256:c6fb6d8309be4c43ccdc7dd19dde73d186404df3627f660866178eff507e22c7

RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates make \
 && rm -rf /var/lib/apt/lists/*
COPY --from=python /opt/python /opt/python

# The project sets PYTHONPATH itself, so pycaffe must be found without it. The lookup loads nothing: without a driver,
# as here, NVCaffe cannot be imported.
RUN python3 -c "import importlib.util, os, site; \
caffe = importlib.util.find_spec('caffe').submodule_search_locations[0]; \
open(site.getsitepackages()[0] + '/caffe.pth', 'w').write(os.path.dirname(caffe) + '\n')"

# Main Python, with the steps of `make setup`. Every wheel of the lock has a build for this glibc, 2.27.
WORKDIR /project
COPY requirements/main.lock requirements/
COPY tools/setup.sh tools/
RUN PIP_NO_CACHE_DIR=1 PYTHON=$(echo /opt/python/cpython-3.11*/bin/python3.11) bash -c '. tools/setup.sh \
    && choose_main && build_venv "$VENV" requirements/main.lock "$MAIN" ""'

# Setup's proof needs the driver, so it runs in the container, before the first target: hence the open folders.
COPY . .
RUN bash -c '. tools/setup.sh && compile_proto' \
 && useradd --uid 1000 --create-home user \
 && mkdir -p data runs /datasets \
 && chmod a+rwx . .venv prototxt data runs /home/user

# USER besides HOME: libraries ask for a name, which an id given by --user does not have.
ENV CAFFE_PYTHON=/usr/bin/python3 PYTHONPATH=/project HOME=/home/user USER=user
USER user
VOLUME ["/project/data", "/project/runs", "/datasets"]
CMD ["make", "help"]
