# The project on a CPU: Debian 12 with its Python 3.11, and real Caffe from PyPI in a Python 3.9 of its own.
# Everything is installed here, so that a container needs no network. From the repository root:
#
#   docker build -f docker/cpu.Dockerfile -t facial-aus:cpu .
#
# The digest is the one that docker-library/repo-info lists for this tag; no registry was asked.
FROM debian:bookworm-20260803-slim@sha256:abd67ffcfa541b485a3dff59865ab629aa048a6c613e639d36e7456b0b229241

RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates make python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /project

# Both environments, with the steps of `make setup`: an edit of anything but these files does not install them anew.
COPY requirements/main.lock requirements/caffe.lock requirements/
COPY tools/setup.sh tools/
RUN PIP_NO_CACHE_DIR=1 bash -c '. tools/setup.sh && choose_main && choose_caffe && check_packaged_caffe \
    && build_venv "$VENV" requirements/main.lock "$MAIN" "" && make_caffe'

# The rest of setup: the schema compiled, and the proof that a net runs forward and backward under real Caffe.
# Any user id may run the image, and where a mounted prototxt differs, setup proves anew: hence the open folders.
COPY . .
RUN useradd --uid 1000 --create-home user \
 && mkdir -p data runs /datasets \
 && make setup \
 && chmod a+rwx . .venv prototxt data runs /home/user

# USER besides HOME: libraries ask for a name, which an id given by --user does not have.
ENV PYTHONPATH=/project HOME=/home/user USER=user
USER user
VOLUME ["/project/data", "/project/runs", "/datasets"]
CMD ["make", "help"]
