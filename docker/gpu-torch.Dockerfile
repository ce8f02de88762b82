# The project on a Turing or newer GPU, on PyTorch with CUDA 13.0 (driver 580 or newer). Real Caffe on the CPU is in it
# as well: `make table1 ENGINE=caffe` is the reference, and the tests hold one engine against the other.
#
#   docker build -f docker/gpu-torch.Dockerfile -t facial-aus:gpu-torch .
#
# The digest is the one that docker-library/repo-info lists for 3.11-slim-bookworm with this Python; no registry was
# asked. CUDA comes with PyTorch's wheels, the driver from the host.
FROM python:3.11.16-slim-bookworm@sha256:0bee7276f83efd4a1ee05bbbf4281d95ed28e079220a9457f25a93e3f1e3c31b

RUN apt-get update \
 && apt-get install -y --no-install-recommends make \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /project

# The environments, with the steps of `make setup`: an edit of anything but these files does not install them anew.
COPY requirements/main.lock requirements/caffe.lock requirements/
COPY tools/setup.sh tools/
RUN PIP_NO_CACHE_DIR=1 bash -c '. tools/setup.sh && choose_main && choose_caffe && check_packaged_caffe \
    && build_venv "$VENV" requirements/main.lock "$MAIN" "" && make_caffe'
COPY requirements/torch-docker.lock requirements/
RUN .venv/bin/python -m pip install --no-cache-dir --only-binary :all: --require-hashes \
    -r requirements/torch-docker.lock

# The rest of setup: the schema compiled, and the proof that a net runs forward and backward under real Caffe.
# Any user id may run the image, and where a mounted prototxt differs, setup proves anew: hence the open folders.
COPY . .
RUN useradd --uid 1000 --create-home user \
 && mkdir -p data runs /datasets \
 && make setup \
 && chmod a+rwx . .venv prototxt data runs /home/user

# USER besides HOME: libraries ask for a name, which an id given by --user does not have.
ENV ENGINE=torch PYTHONPATH=/project HOME=/home/user USER=user
USER user
VOLUME ["/project/data", "/project/runs", "/datasets"]
CMD ["make", "help"]
