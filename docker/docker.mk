# Containers: docker/README.md. What was given to make is given to the make inside; datasets are mounted read-only.
CONTAINER ?= docker
IMAGE ?= cpu
GPUS ?= --gpus all
GIVEN = $(foreach word,$(MAKEOVERRIDES),$(if $(findstring =,$(word)),-e $(firstword $(subst =, ,$(word)))))
MOUNTS = $(foreach name,DISFA BP4D CKPLUS,$(if $($(name)),-v "$$(realpath "$($(name))"):/datasets/$(name):ro"))
MOUNTED = $(foreach name,DISFA BP4D CKPLUS,$(if $($(name)),$(name)=/datasets/$(name)))

.PHONY: image
image: ## a container image: IMAGE=cpu, gpu-caffe or gpu-torch; then make docker-demo and so on, in it
	@$(CONTAINER) build -f docker/$(IMAGE).Dockerfile -t facial-aus:$(IMAGE) .

docker-%: image
	@mkdir -p data "$(RUNS)"
	@$(CONTAINER) run --rm --init $$([ -t 0 ] && [ -t 1 ] && echo -it) $(if $(filter gpu-%,$(IMAGE)),$(GPUS)) \
	  --user "$$(id -u):$$(id -g)" $(if $(filter %podman,$(CONTAINER)),$$([ "$$(id -u)" = 0 ] || echo --userns keep-id)) \
	  -v "$(CURDIR)/data:/project/data" -v "$$(realpath "$(RUNS)"):/project/runs" $(MOUNTS) $(GIVEN) \
	  facial-aus:$(IMAGE) make $* RUNS=runs $(MOUNTED)
