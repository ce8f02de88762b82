# The project on a Turing or newer GPU, on PyTorch with CUDA 13.0 (driver 580 or newer). Where it is built on x86-64 with
# AVX2, real Caffe on the CPU is in it as well: `make table1 ENGINE=caffe GPU=cpu` is the reference, and the tests hold
# one engine against the other.
#
#   docker build -f docker/gpu-torch.Dockerfile -t facial-aus:gpu-torch .
#
# The digest is the one that docker-library/repo-info lists for 3.11-slim-bookworm with this Python; it was not checked
# against a registry. CUDA comes with PyTorch's wheels, the driver from the host.
FROM python:3.11.16-slim-bookworm@sha256:0bee7276f83efd4a1ee05bbbf4281d95ed28e079220a9457f25a93e3f1e3c31b

RUN apt-get update \
 && apt-get install -y --no-install-recommends make \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /project

# The environments, by the steps of `make setup`. Only a change of these files installs them again.
COPY requirements/main.lock requirements/caffe.lock requirements/
COPY tools/setup.sh tools/environment.py tools/
RUN PIP_NO_CACHE_DIR=1 bash -c '. tools/setup.sh && choose_main && choose_caffe \
    && build_venv "$VENV" requirements/main.lock "$MAIN" "" && { ! has_packaged_caffe || make_caffe; }'
COPY requirements/torch-cuda.lock requirements/
RUN PIP_NO_CACHE_DIR=1 bash -c '. tools/setup.sh && install_torch requirements/torch-cuda.lock'

# The rest of setup: compile the schema, and prove that a net runs forward and backward under real Caffe, if it is here.
# The image may run as any user id, and setup repeats its proof when a prototxt has changed: hence the writable folders.
COPY . .
RUN useradd --uid 1000 --create-home user \
 && mkdir -p data runs /datasets \
 && make setup ENGINE=torch \
 && chmod a+rwx . .venv prototxt data runs /home/user

# The commit that every report names; docker/docker.mk passes it, as .git is not in the image.
ARG COMMIT
# GPU=0 until another is given; GPU=cpu computes without any.
# USER as well as HOME: some libraries ask for a user name, and an id given by --user has none.
ENV PROJECT_COMMIT=$COMMIT ENGINE=torch GPU=0 PYTHONPATH=/project HOME=/home/user USER=user
USER 1000
VOLUME ["/project/data", "/project/runs", "/datasets"]
CMD ["make", "help"]
