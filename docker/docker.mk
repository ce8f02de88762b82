# Targets that run in a container, explained in docker/README.md. `make docker-demo` runs `make demo` inside, with the
# same variables; the folders of datasets are mounted read-only under /datasets.
CONTAINER ?= docker
IMAGE ?= cpu
GPUS ?= --gpus all
FOLDERS = $(foreach name,DISFA BP4D CKPLUS $(if $(filter %.csv,$(ROOT)),,ROOT),$(if $($(name)),$(name)))
MOUNTS = $(foreach name,$(FOLDERS),-v "$$(realpath "$($(name))"):/datasets/$(name):ro") \
  $(foreach name,$(FILES),-v "$$(dirname "$$(realpath "$($(name))")"):/datasets/$(name):ro")
MOUNTED = $(foreach name,$(FOLDERS),$(name)=/datasets/$(name)) \
  $(foreach name,$(FILES),$(name)="/datasets/$(name)/$$(basename "$($(name))")")
# the pictures of a CSV lie beside it or below: its folder is mounted
FILES = $(foreach name,CSV TRAIN TEST ROOT,$(if $(filter %.csv,$($(name))),$(name)))
GIVEN = $(addprefix -e ,$(GIVEN_NAMES))
# the image has no git: it is told its commit, with "-edited" where tracked files differ from it
COMMIT = $(shell git describe --always --exclude '*' --dirty=-edited 2>/dev/null)

.PHONY: image
image: ## a container image, IMAGE=cpu, gpu-caffe or gpu-torch; then `make docker-demo` and so on run in it
	@$(CONTAINER) build -f docker/$(IMAGE).Dockerfile --build-arg COMMIT=$(COMMIT) -t facial-aus:$(IMAGE) .

docker-%: image
	@mkdir -p data "$(RUNS)"
	@$(CONTAINER) run --rm --init $$([ -t 0 ] && [ -t 1 ] && echo -it) $(if $(filter gpu-%,$(IMAGE)),$(GPUS)) \
	  --user "$$(id -u):$$(id -g)" $(if $(filter %podman,$(CONTAINER)),$$([ "$$(id -u)" = 0 ] || echo --userns keep-id)) \
	  -v "$(CURDIR)/data:/project/data" -v "$$(realpath "$(RUNS)"):/project/runs" $(MOUNTS) $(GIVEN) \
	  facial-aus:$(IMAGE) make $* RUNS=runs $(MOUNTED)
