# Targets that run in a container, explained in docker/README.md. `make docker-demo` runs `make demo` inside, with the
# same variables.
CONTAINER ?= docker
IMAGE ?= cpu
GPUS ?= --gpus all
# the image has no git: it is told its commit, with "-edited" where tracked files differ from it
COMMIT = $(shell git describe --always --exclude '*' --dirty=-edited 2>/dev/null)
# the environment counts for datasets, as it does without a container
EXPORTED = $(foreach name,DISFA BP4D CKPLUS CSV,$(if $(filter environment,$(origin $(name))),$(name)))
IMAGES = $(patsubst docker/%.Dockerfile,%,$(wildcard docker/*.Dockerfile))

.PHONY: image
image: ## a container image, IMAGE=cpu, gpu-caffe or gpu-torch; then `make docker-demo` and so on run in it
	$(if $(filter $(IMAGE),$(IMAGES)),,$(error IMAGE=$(IMAGE) is none of $(IMAGES)))
	@$(CONTAINER) build -f docker/$(IMAGE).Dockerfile --build-arg COMMIT=$(COMMIT) -t facial-aus:$(IMAGE) .

docker-%:
	@CONTAINER="$(CONTAINER)" IMAGE="$(IMAGE)" GPUS="$(GPUS)" RUNS="$(RUNS)" docker/run.sh $* $(GIVEN_NAMES) $(EXPORTED)
