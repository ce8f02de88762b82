# Everything that can be run. `make` alone prints this list.
.DEFAULT_GOAL := help
.PHONY: help setup demo all table1 table2 table3 fig1 fig2 fig3 fig4 search mvn compare disfa bp4d ckplus check-data test lmdb faces balance bench-lmdb bench-faces bench-train bench-detect bundle all-or-none ridge quantization lock clean

.NOTPARALLEL:  # targets share nets

export PYTHONPATH := $(CURDIR)
unexport CAFFE_PYTHON  # setup writes its choice to .caffe-python, and that decides
RUNS ?= runs
DATASET ?= disfa
PYTHON_MAIN := .venv/bin/python
PREPARE := $(PYTHON_MAIN) -m data_prep.prepare_dataset

# what steers a run without an edit; on synthetic faces a run is short unless told otherwise
opt = $(if $($(1)),--$(2) "$($(1))")
flag = $(if $($(1)),--$(2))
SHORT = $(if $(REAL),,$(1))
OPTIONS = $(call opt,ENGINE,engine) $(call opt,GPU,device) $(call opt,SEED,seed) $(call opt,JOBS,jobs)
METHOD = $(OPTIONS) --nets $(RUNS)/nets --data data $(call opt,SCHEDULER,scheduler) $(call opt,BALANCE,balance) $(call opt,MVN,mvn) $(call flag,MIXED,mixed) \
  $(call opt,FEATURE,feature) $(call opt,PRIORS,priors) $(call flag,NORMALIZE_POSITIVES,normalize-positives) \
  $(call opt,NET,net) $(call opt,SOLVER,solver) $(call opt,SIZE,size) \
  $(addprefix --iterations ,$(or $(ITERATIONS),$(call SHORT,600)))
HELD_OUT = $(addprefix --subjects ,$(or $(SUBJECTS),$(call SHORT,6))) $(call opt,SPLIT,split) $(call opt,SEARCHED,searched)
ON_DISFA = $(call opt,DISFA,disfa) $(call opt,CAMERA,camera) $(call opt,PRESENT_FROM,present-from)
ON_BP4D = $(call opt,BP4D,bp4d) $(call opt,FRAME_OFFSET,frame-offset)
ON_CKPLUS = $(call opt,CKPLUS,ckplus) $(call opt,UNGRADED,ungraded) $(call flag,NEUTRAL_FIRST,neutral-first)
RUN = $(PYTHON_MAIN) -m experiments

# the dataset folders that a target uses
demo: REAL =
table1 fig4 mvn: REAL = $(DISFA)
table2: REAL = $(BP4D)
table3: REAL = $(DISFA)$(BP4D)$(CKPLUS)
fig2 fig3 search bundle: REAL = $(DISFA)$(BP4D)

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):[^#]*## ?(.*)/  make \1\t\2/' | expand -t 22

setup: ## .venv, .venv-caffe with real Caffe, and a proof that they work; nothing when they do
	@CAFFE_PYTHON="$(CAFFE_PYTHON)" ENGINE="$(ENGINE)" tools/setup.sh

demo: setup ## Table I's protocol on synthetic faces, about 6 minutes on 2 cores -> runs/demo
	@$(RUN).table1 --out $(RUNS)/demo $(METHOD) $(HELD_OUT)

all: all-or-none table1 table2 table3 fig1 fig2 fig3 fig4 search ## every table and figure, and a page over them -> runs/index.html
	@$(RUN).index $(RUNS)

all-or-none:
	$(if $(and $(DISFA)$(BP4D)$(CKPLUS),$(if $(and $(DISFA),$(BP4D),$(CKPLUS)),,part)),$(error make all: give all of \
	  DISFA=, BP4D= and CKPLUS=, or none for synthetic faces))

table1: setup ## paper: Table I. DISFA=/path/to/DISFA, else synthetic faces -> runs/table1
	@$(RUN).table1 --out $(RUNS)/table1 $(METHOD) $(HELD_OUT) $(ON_DISFA)

table2: setup ## paper: Table II. BP4D=/path/to/BP4D, else synthetic faces -> runs/table2
	@$(RUN).table2 --out $(RUNS)/table2 $(METHOD) $(HELD_OUT) $(ON_BP4D) $(call flag,LITERAL,literal)

table3: setup ## paper: Table III. DISFA=, BP4D= and CKPLUS=, else synthetic faces -> runs/table3
	@$(RUN).table3 --out $(RUNS)/table3 $(METHOD) $(ON_DISFA) $(ON_BP4D) $(ON_CKPLUS) $(call flag,TRAIN_CKPLUS,train-ckplus)

fig1: setup ## paper: Fig. 1, the nets, drawn from the prototxts (or NET=) -> runs/fig1
	@$(RUN).fig1 --out $(RUNS)/fig1 $(call opt,NET,net)

fig2: setup ## paper: Fig. 2, features of a net of BP4D. BP4D= and DISFA=, else synthetic faces -> runs/fig2
	@$(RUN).embedding --source bp4d --out $(RUNS)/fig2 $(METHOD) $(ON_DISFA) $(ON_BP4D)

fig3: setup ## paper: Fig. 3, features of a net of DISFA. DISFA= and BP4D=, else synthetic faces -> runs/fig3
	@$(RUN).embedding --source disfa --out $(RUNS)/fig3 $(METHOD) $(ON_DISFA) $(ON_BP4D)

fig4: setup ## paper: Fig. 4, how AUs go together. DISFA=, else synthetic faces -> runs/fig4
	@$(RUN).fig4 --out $(RUNS)/fig4 $(METHOD) $(ON_DISFA)

search: setup ## paper: Sec. V, random search, TRIALS= draws; table1 takes its best net by SEARCHED=runs/search
	@$(RUN).search --out $(RUNS)/search $(METHOD) $(HELD_OUT) $(ON_DISFA) $(ON_BP4D) $(call opt,TRIALS,trials) \
	  $(call opt,CROP,crop) $(call opt,SOURCE,source) $(call flag,NESTED,nested)

bundle: setup ## a model for tools.detect: of FOLD=runs/demo/fold_SN001, or trained on all of SOURCE= -> runs/bundle
	@$(RUN).bundle --out $(RUNS)/bundle $(METHOD) $(ON_DISFA) $(ON_BP4D) $(call opt,FOLD,fold) $(call opt,SOURCE,source)

mvn: setup ## paper: Sec. IV, where the normalization layer stands: validation loss of each place -> runs/mvn
	@$(RUN).mvn --out $(RUNS)/mvn $(METHOD) $(HELD_OUT) $(ON_DISFA)

disfa: setup ## DISFA=/path/to/DISFA -> data/disfa: per-subject files, boxes, a report on the frames without a face
	@$(PREPARE) disfa "$(or $(DISFA),$(error give DISFA=/path/to/DISFA))" --out data/disfa $(call opt,JOBS,jobs) \
	  $(call opt,CAMERA,camera) $(call opt,PRESENT_FROM,present-from)

bp4d: setup ## BP4D=/path/to/BP4D -> data/bp4d
	@$(PREPARE) bp4d "$(or $(BP4D),$(error give BP4D=/path/to/BP4D))" --out data/bp4d $(call opt,JOBS,jobs) \
	  $(call opt,FRAME_OFFSET,frame-offset)

ckplus: setup ## CKPLUS=/path/to/CK+ -> data/ckplus
	@$(PREPARE) ckplus "$(or $(CKPLUS),$(error give CKPLUS=/path/to/CK+))" --out data/ckplus $(call opt,JOBS,jobs) \
	  $(call opt,UNGRADED,ungraded) $(call flag,NEUTRAL_FIRST,neutral-first)

check-data: setup ## what is in DISFA=, BP4D=, CKPLUS= or CSV=, against what is expected; nothing is written
	@$(PYTHON_MAIN) -m data_prep.check_data $(if $(DISFA),--disfa "$(DISFA)") $(if $(BP4D),--bp4d "$(BP4D)") \
	  $(if $(CKPLUS),--ckplus "$(CKPLUS)") $(if $(CSV),--csv "$(CSV)")

test: setup ## all tests, real Caffe included, about 8 minutes on 2 cores
	@$(PYTHON_MAIN) -m pytest

lmdb: setup ## the LMDBs that prototxt/disfa names, from data/synthetic/disfa or DATA=folder, for plain Caffe
	@$(PYTHON_MAIN) -m data_prep.write_lmdb $(or $(DATA),data/synthetic/disfa) --out runs/lmdb/$(DATASET) \
	  $(if $(SEED),--seed $(SEED))

faces: setup ## a contact sheet of the synthetic faces, every AU by number and name -> runs/faces.png
	@$(PYTHON_MAIN) -m data_prep.synthetic.sheet --out $(RUNS)/faces.png

compare: setup ## two runs on the same frames, paired by subject: A=runs/table1 B=runs/other
	@$(RUN).compare "$(or $(A),$(error give A=runs/... and B=runs/...))" "$(B)"

ridge: setup ## what other ridges than QDA's would give on the folds of runs/demo
	@$(RUN).ridge $(RUNS)/demo

quantization: setup ## what one byte per pixel costs: folds of runs/demo again, with float pixels
	@$(RUN).quantization $(RUNS)/demo $(call opt,JOBS,jobs)

balance: setup ## positive shares of DATA= (default data/synthetic/disfa) before and after each balancing -> runs/balance
	@$(RUN).balance $(or $(DATA),data/synthetic/disfa) --out $(RUNS)/balance

bench-train: setup ## real Caffe, ENGINE=torch and a plain PyTorch loop beside each other, about 5 minutes (GPU=0 on a GPU)
	@$(RUN).bench_train --out $(RUNS) $(call opt,GPU,device)

bench-faces: setup ## the face stage against OpenCV's detector on every full frame, about 4 minutes
	@$(RUN).bench_faces --out $(RUNS)

bench-detect: setup ## frames per second of detection with MODEL= (default runs/bundle), stage by stage
	@$(RUN).bench_detect --model "$(or $(MODEL),$(RUNS)/bundle)" --out $(RUNS)

bench-lmdb: setup ## seconds for 100,000 frames of 64 x 64, beside one transaction per record
	@$(RUN).bench_lmdb --out $(RUNS)

include docker/docker.mk

lock: ## resolve requirements/*.in anew into the lock files
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header requirements/main.in -o requirements/main.lock
	.venv/bin/uv pip compile -q --python-version 3.9 --generate-hashes --no-header requirements/caffe.in -o requirements/caffe.lock
	.venv/bin/uv pip compile -q --python-version 3.11 --python-platform x86_64-manylinux_2_28 --generate-hashes --no-header \
	  requirements/torch.in -c requirements/main.lock -o requirements/torch-docker.lock

clean: ## delete runs/ and data/synthetic (not data prepared from real datasets)
	rm -rf $(RUNS) data/synthetic
