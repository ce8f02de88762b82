# Everything that can be run. `make` alone prints this list.
.DEFAULT_GOAL := help
.PHONY: help setup demo table1 disfa test lmdb faces ridge quantization lock clean

export PYTHONPATH := $(CURDIR)
unexport CAFFE_PYTHON  # setup writes its choice to .caffe-python, and that decides
RUNS ?= runs
DATASET ?= disfa
DEMO_ITERATIONS := 600
DEMO_FOLDS := 6
PYTHON_MAIN := .venv/bin/python

# GPU=n, SEED=, JOBS=, ITERATIONS=, SUBJECTS= steer a run without an edit
OPTIONS = $(if $(GPU),--device $(GPU)) $(if $(SEED),--seed $(SEED)) $(if $(JOBS),--jobs $(JOBS))

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):[^#]*## ?(.*)/  make \1\t\2/' | expand -t 22

setup: ## .venv, .venv-caffe with real Caffe, and a proof that they work; nothing when they do
	@CAFFE_PYTHON="$(CAFFE_PYTHON)" tools/setup.sh

demo: setup ## Table I's protocol on synthetic faces, about 6 minutes on 2 cores -> runs/demo
	@$(PYTHON_MAIN) -m experiments.table1_disfa --synthetic --out $(RUNS)/demo $(OPTIONS) \
	  --iterations $(or $(ITERATIONS),$(DEMO_ITERATIONS)) --folds $(or $(SUBJECTS),$(DEMO_FOLDS))

table1: setup ## paper: Table I. DISFA=/path/to/DISFA, else synthetic faces -> runs/table1
	@$(PYTHON_MAIN) -m experiments.table1_disfa $(if $(DISFA),--disfa "$(DISFA)",--synthetic) --out $(RUNS)/table1 \
	  $(OPTIONS) $(if $(ITERATIONS),--iterations $(ITERATIONS)) $(if $(SUBJECTS),--folds $(SUBJECTS))

disfa: setup ## DISFA=/path/to/DISFA -> data/disfa: per-subject files, boxes, a report on the frames without a face
	@$(PYTHON_MAIN) -m data_prep.prepare_dataset "$(or $(DISFA),$(error give DISFA=/path/to/DISFA))" --out data/disfa \
	  $(if $(JOBS),--jobs $(JOBS))

test: setup ## all tests, real Caffe included, about 4 minutes on 2 cores
	@$(PYTHON_MAIN) -m pytest

lmdb: setup ## the LMDBs that prototxt/disfa names, from data/synthetic/disfa or DATA=folder, for plain Caffe
	@$(PYTHON_MAIN) -m data_prep.write_lmdb $(or $(DATA),data/synthetic/disfa) --out runs/lmdb/$(DATASET) \
	  $(if $(SEED),--seed $(SEED))

faces: setup ## a contact sheet of the synthetic faces, every AU by number and name -> runs/faces.png
	@$(PYTHON_MAIN) -m data_prep.synthetic.sheet --out $(RUNS)/faces.png

ridge: setup ## what other ridges than QDA's would give on the folds of runs/demo
	@$(PYTHON_MAIN) -m experiments.ridge $(RUNS)/demo

quantization: setup ## what one byte per pixel costs: folds of runs/demo again, with float pixels
	@$(PYTHON_MAIN) -m experiments.quantization $(RUNS)/demo $(OPTIONS)

lock: ## resolve requirements*.in anew into the lock files
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header requirements.in -o requirements.lock
	.venv/bin/uv pip compile -q --python-version 3.9 --generate-hashes --no-header requirements-caffe.in -o requirements-caffe.lock

clean: ## delete runs/ and data/synthetic (not data prepared from real datasets)
	rm -rf $(RUNS) data/synthetic
