# The project on a Pascal, Volta or Turing GPU with real Caffe: NVIDIA's last image of it (NVCaffe 0.17, Ubuntu 18.04,
# Python 3.6, CUDA 10.2), and a ready-made Python 3.11 beside it for everything else. Nothing is compiled.
#
#   docker build -f docker/gpu-caffe.Dockerfile -t facial-aus:gpu-caffe .
#
# The digests are those that docker-library/repo-info and singularityhub/shpc-registry list; they were not checked
# against a registry.
#
# NVCaffe writes weights in its own format, which no other Caffe reads, unless its solver says otherwise;
# tools/engines/caffe_engine.py makes it say so.
FROM debian:bookworm-20260803-slim@sha256:abd67ffcfa541b485a3dff59865ab629aa048a6c613e639d36e7456b0b229241 AS python

RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*

# uv in the locked version; the Python 3.11 it installs also runs on Ubuntu 18.04.
COPY requirements/main.lock /tmp/
RUN sed -n '/^uv==/,/# via/p' /tmp/main.lock >/tmp/uv.lock \
 && python3 -m venv /opt/uv \
 && /opt/uv/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r /tmp/uv.lock \
 && UV_PYTHON_INSTALL_DIR=/opt/python UV_PYTHON_BIN_DIR=/opt/python/bin /opt/uv/bin/uv python install 3.11


FROM nvcr.io/nvidia/caffe:20.03-py3@sha256:c6fb6d8309be4c43ccdc7dd19dde73d186404df3627f660866178eff507e22c7

# NVIDIA's package lists in this image are signed by a key that was withdrawn in 2022; nothing here needs them.
RUN rm -f /etc/apt/sources.list.d/* \
 && apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates make \
 && rm -rf /var/lib/apt/lists/*
COPY --from=python /opt/python /opt/python

# The project sets PYTHONPATH itself, so pycaffe must be found without it. find_spec imports nothing: NVCaffe cannot be
# imported here, where there is no driver.
RUN python3 -c "import importlib.util, os, site; \
caffe = importlib.util.find_spec('caffe').submodule_search_locations[0]; \
open(site.getsitepackages()[0] + '/caffe.pth', 'w').write(os.path.dirname(caffe) + '\n')"

# Main Python, by the steps of `make setup`. Every package of the lock has a wheel for this glibc, 2.27.
WORKDIR /project
COPY requirements/main.lock requirements/
COPY tools/setup.sh tools/environment.py tools/
RUN PIP_NO_CACHE_DIR=1 PYTHON=/opt/python/bin/python3.11 bash -c '. tools/setup.sh \
    && choose_main && build_venv "$VENV" requirements/main.lock "$MAIN" ""'

# Setup's proof needs the GPU's driver, so it runs in the container, before the first target: hence the writable
# folders.
COPY . .
RUN bash -c '. tools/setup.sh && compile_proto' \
 && useradd --uid 1000 --create-home user \
 && mkdir -p data runs /datasets \
 && chmod a+rwx . .venv prototxt data runs /home/user

# The commit that every report names; docker/docker.mk passes it, as .git is not in the image.
ARG COMMIT
# GPU=0 until another is given: NVCaffe computes nothing without one.
# USER as well as HOME: some libraries ask for a user name, and an id given by --user has none.
ENV PROJECT_COMMIT=$COMMIT CAFFE_PYTHON=/usr/bin/python3 GPU=0 PYTHONPATH=/project HOME=/home/user USER=user
USER 1000
VOLUME ["/project/data", "/project/runs", "/datasets"]
CMD ["make", "help"]
