# Everything that can be run, one command per recipe. `make` alone prints the list; experiments/README.md explains it.
.DEFAULT_GOAL := help
.PHONY: help setup demo all all-or-none table1 table2 table3 fig1 fig2 fig3 fig4 search mvn loso transfer bundle ready adapt compare \
  check-data prepare disfa bp4d ckplus test zoo coverage lint lmdb faces rendered rendered-faces \
  balance ridge quantization bench-train check-gpu bench-faces bench-detect bench-lmdb real-pictures lock clean
.NOTPARALLEL:  # targets share nets

export PYTHONPATH := $(CURDIR)
unexport CAFFE_PYTHON  # setup writes its choice to .caffe-python; everything else reads that file
unexport PYTHONHOME  # the environments have their own
RUNS ?= runs
PYTHON_MAIN := .venv/bin/python
RUN := $(PYTHON_MAIN) -m experiments
PREPARE := $(PYTHON_MAIN) -m data_prep.prepare_dataset

# make variables and the options they become: $(call opt,SEED,seed) is --seed "$(SEED)", or nothing if SEED is not given
opt = $(if $($(1)),--$(2) "$($(1))")
flag = $(if $($(1)),--$(2))
# on synthetic faces a run is short, unless ITERATIONS= and SUBJECTS= say otherwise
SHORT = $(if $(REAL),,$(1))
FACES = $(call opt,DETECTOR,detector) $(call opt,ALIGN,align)
METHOD = $(call opt,ENGINE,engine) $(call opt,GPU,device) $(call flag,MIXED,mixed) $(call flag,TF32,tf32) \
  $(call opt,SEED,seed) $(call opt,JOBS,jobs) $(call opt,SCHEDULER,scheduler) \
  $(call opt,BALANCE,balance) $(call opt,MVN,mvn) $(call flag,NORMALIZE_POSITIVES,normalize-positives) \
  $(call opt,FEATURE,feature) $(call opt,PRIORS,priors) $(call opt,THRESHOLD,threshold) \
  $(call opt,NET,net) $(call opt,SOLVER,solver) $(call opt,SIZE,size) $(FACES) \
  --nets "$(RUNS)/nets" --data data --index "$(RUNS)" \
  $(addprefix --iterations ,$(or $(ITERATIONS),$(call SHORT,600)))
HELD_OUT = $(addprefix --subjects ,$(or $(SUBJECTS),$(call SHORT,6))) \
  $(call opt,SPLIT,split) $(call opt,SEARCHED,searched)
disfa_options = $(call opt,CAMERA,camera) $(call opt,PRESENT_FROM,present-from)
bp4d_options = $(call opt,FRAME_OFFSET,frame-offset) $(call flag,ALL_IMAGES,all-images)
csv_options = $(call opt,PRESENT_FROM,present-from)
ckplus_options = $(call opt,UNGRADED,ungraded) $(call flag,NEUTRAL_FIRST,neutral-first)
ON_DISFA = $(call opt,DISFA,disfa) $(disfa_options)
ON_BP4D = $(call opt,BP4D,bp4d) $(bp4d_options)
ON_CKPLUS = $(call opt,CKPLUS,ckplus) $(ckplus_options)
ON_CSV = $(call opt,CSV,csv)

# make itself says nothing of a misspelt variable, and the run would be another one than was meant
VARIABLES = A ALIGN ALL_IMAGES B BALANCE BP4D CAFFE_PYTHON CAMERA CKPLUS CONTAINER CROP CSV DATA DATASET DETECTOR DISFA \
  ENGINE FEATURE FOLD FRAME_OFFSET GPU GPUS ICT IMAGE ITERATIONS JOBS LITERAL MIXED MODEL MVN NESTED NET NEUTRAL_FIRST \
  NORMALIZE_POSITIVES OUT PEOPLE PICTURES PRESENT_FROM PRIORS PYTHON ROOT RUNS SCHEDULER SEARCHED SEED SEEDS SIZE \
  SOLVER SOURCE SPLIT SUBJECTS TEST TF32 THRESHOLD TRAIN TRAIN_CKPLUS TRIALS UNGRADED
SPACE := $() $()
GIVEN_NAMES = $(foreach word,$(subst \$(SPACE),_,$(MAKEOVERRIDES)),$(firstword $(subst =, ,$(word))))
UNKNOWN := $(filter-out $(VARIABLES),$(GIVEN_NAMES))
$(if $(UNKNOWN),$(error no variable $(UNKNOWN) here; experiments/README.md lists those that there are))

# the dataset folders that a target uses: with none of them given, it runs on synthetic faces
demo: REAL =
table1 fig4 mvn: REAL = $(DISFA)
table2: REAL = $(BP4D)
table3: REAL = $(DISFA)$(BP4D)$(CKPLUS)
fig2 fig3: REAL = $(DISFA)$(BP4D)
search bundle: REAL = $(DISFA)$(BP4D)$(CSV)
loso: REAL = $(CSV)
transfer: REAL = $(DISFA)$(BP4D)$(CKPLUS)$(CSV)$(filter %.csv,$(TRAIN) $(TEST))

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):[^#]*## ?(.*)/  make \1\t\2/' | expand -t 22

setup: ## .venv and .venv-caffe with real Caffe, and a proof that they work; other targets run it when needed
	@CAFFE_PYTHON="$(CAFFE_PYTHON)" ENGINE="$(ENGINE)" tools/setup.sh

demo: setup ## Table I's protocol on synthetic faces, about 6 minutes on 2 cores -> runs/demo
	@$(RUN).table1 --out "$(RUNS)/demo" $(METHOD) $(HELD_OUT) $(call opt,SEEDS,seeds)

all: all-or-none table1 table2 table3 fig1 fig2 fig3 fig4 search ## every table and figure, and runs/index.html
	@$(RUN).index "$(RUNS)"

all-or-none:
	$(if $(and $(DISFA)$(BP4D)$(CKPLUS),$(if $(and $(DISFA),$(BP4D),$(CKPLUS)),,part)),$(error make all: give all of \
	  DISFA=, BP4D= and CKPLUS=, or none for synthetic faces))

table1: setup ## paper: Table I. DISFA=/path/to/DISFA, else synthetic faces -> runs/table1
	@$(RUN).table1 --out "$(RUNS)/table1" $(METHOD) $(HELD_OUT) $(ON_DISFA) $(call opt,SEEDS,seeds)

table2: setup ## paper: Table II. BP4D=/path/to/BP4D, else synthetic faces -> runs/table2
	@$(RUN).table2 --out "$(RUNS)/table2" $(METHOD) $(HELD_OUT) $(ON_BP4D) $(call flag,LITERAL,literal) $(call opt,SEEDS,seeds)

table3: setup ## paper: Table III. DISFA=, BP4D= and CKPLUS=, else synthetic faces -> runs/table3
	@$(RUN).table3 --out "$(RUNS)/table3" $(METHOD) $(ON_DISFA) $(ON_BP4D) $(ON_CKPLUS) \
	  $(call flag,TRAIN_CKPLUS,train-ckplus) $(call opt,SEEDS,seeds)

fig1: setup ## paper: Fig. 1, the nets, drawn from the prototxts (or NET=) -> runs/fig1
	@$(RUN).fig1 --out "$(RUNS)/fig1" --index "$(RUNS)" $(call opt,NET,net)

fig2: setup ## paper: Fig. 2, features of a net of BP4D. BP4D= and DISFA=, else synthetic faces -> runs/fig2
	@$(RUN).embedding --source bp4d --out "$(RUNS)/fig2" $(METHOD) $(ON_DISFA) $(ON_BP4D)

fig3: setup ## paper: Fig. 3, features of a net of DISFA. DISFA= and BP4D=, else synthetic faces -> runs/fig3
	@$(RUN).embedding --source disfa --out "$(RUNS)/fig3" $(METHOD) $(ON_DISFA) $(ON_BP4D)

fig4: setup ## paper: Fig. 4, which AUs occur together. DISFA=, else synthetic faces -> runs/fig4
	@$(RUN).fig4 --out "$(RUNS)/fig4" $(METHOD) $(ON_DISFA)

search: setup ## paper: Sec. V, random search of TRIALS= nets; then make table1 SEARCHED=runs/search -> runs/search
	@$(RUN).search --out "$(RUNS)/search" $(METHOD) $(HELD_OUT) $(ON_DISFA) $(ON_BP4D) $(ON_CSV) \
	  $(call opt,TRIALS,trials) $(call opt,CROP,crop) $(call opt,SOURCE,source) $(call flag,NESTED,nested)

# what a run on a CSV is called: its file's name without its ending
called = $$(basename "$(1)" .csv)
loso: setup ## your own data, subject by subject: CSV=mine.csv, SPLIT=5fold; else synthetic people -> runs/loso_mine
	@$(RUN).loso --out "$(RUNS)/loso$(if $(CSV),_$(call called,$(CSV)))" $(METHOD) $(HELD_OUT) $(ON_CSV) $(csv_options) \
	  $(call opt,SEEDS,seeds)

NAME_TWO = give TRAIN= and TEST=, each disfa, bp4d, ckplus or the path of a CSV, for instance TRAIN=disfa TEST=mine.csv
transfer: setup ## trained on TRAIN=disfa, bp4d or mine.csv, tested on TEST=another of these -> runs/transfer_disfa_mine
	@$(RUN).transfer --out "$(RUNS)/transfer_$(call called,$(TRAIN))_$(call called,$(TEST))" $(METHOD) $(ON_DISFA) \
	  $(ON_BP4D) $(ON_CKPLUS) $(ON_CSV) --train "$(or $(TRAIN),$(error $(NAME_TWO)))" \
	  --test "$(or $(TEST),$(error $(NAME_TWO)))" $(call opt,SEEDS,seeds)

bundle: setup ## a model for tools.detect, of FOLD=runs/demo/fold_SN001, or of all of DISFA=, BP4D= or CSV= -> runs/bundle
	@$(RUN).bundle --out "$(RUNS)/bundle" $(METHOD) $(ON_DISFA) $(ON_BP4D) $(ON_CSV) $(call opt,FOLD,fold) \
	  $(call opt,SOURCE,source)

# `make ready` replaces the model that comes with this, OUT= writes it elsewhere
ready: setup ## the model in models/ready again, from rendered people; ICT=/path/to/ICT-FaceKit as a third source
	@$(RUN).ready --out "$(or $(OUT),models/ready)" --data data/ready --nets "$(RUNS)/ready" $(call opt,ICT,ict) \
	  $(call opt,PEOPLE,people) $(call opt,PICTURES,pictures) $(call opt,SEED,seed) $(call opt,ENGINE,engine) \
	  $(call opt,ITERATIONS,iterations) $(call opt,NET,net) $(call opt,SOLVER,solver) $(call opt,JOBS,jobs)

adapt: setup ## that model adapted to your own coded people, and whether it helps: CSV=mine.csv -> runs/adapt_mine
	@$(RUN).adapt --csv "$(or $(CSV),$(error give CSV=mine.csv))" --out "$(RUNS)/adapt_$(call called,$(CSV))" \
	  --data data $(call opt,MODEL,model) $(call opt,ICT,ict) $(call opt,PEOPLE,people) $(call opt,SEED,seed) \
	  $(call opt,JOBS,jobs)

mvn: setup ## paper: Sec. IV, validation loss with the normalization layer in three places -> runs/mvn
	@$(RUN).mvn --out "$(RUNS)/mvn" $(METHOD) $(HELD_OUT) $(ON_DISFA)

check-data: setup ## what DISFA=, BP4D=, CKPLUS= and CSV= hold, against what is expected; nothing is written
	@$(PYTHON_MAIN) -m data_prep.check_data $(ON_DISFA) $(ON_BP4D) $(ON_CKPLUS) $(ON_CSV)

NAME_A_DATASET = give DATASET=name ROOT=/path, for instance DATASET=disfa ROOT=/path/to/DISFA
prepare: setup ## any dataset: DATASET=name ROOT=/path -> data/name: subject files, boxes, a report on missed faces
	@$(PREPARE) $(or $(DATASET),$(error $(NAME_A_DATASET))) "$(or $(ROOT),$(error $(NAME_A_DATASET)))" \
	  --data data $(call opt,JOBS,jobs) $(FACES) $($(DATASET)_options)

disfa: setup ## the same for DISFA=/path/to/DISFA -> data/disfa
	@$(PREPARE) disfa "$(or $(DISFA),$(error give DISFA=/path/to/DISFA))" --data data \
	  $(call opt,JOBS,jobs) $(FACES) $(disfa_options)

bp4d: setup ## the same for BP4D=/path/to/BP4D -> data/bp4d
	@$(PREPARE) bp4d "$(or $(BP4D),$(error give BP4D=/path/to/BP4D))" --data data \
	  $(call opt,JOBS,jobs) $(FACES) $(bp4d_options)

ckplus: setup ## the same for CKPLUS=/path/to/CK+ -> data/ckplus
	@$(PREPARE) ckplus "$(or $(CKPLUS),$(error give CKPLUS=/path/to/CK+))" --data data \
	  $(call opt,JOBS,jobs) $(FACES) $(ckplus_options)

test: setup ## all tests, real Caffe included, about 8 minutes on 2 cores
	@$(PYTHON_MAIN) -m pytest

zoo: setup ## how far PyTorch and ONNX are from real Caffe, on 190 small nets with every layer and option
	@$(PYTHON_MAIN) -m tests.zoo

coverage: export COVERAGE_FILE = $(CURDIR)/runs/coverage/data
coverage: setup ## lines that the tests run, file by file (of Caffe's engine, too, if its Python has coverage)
	@mkdir -p runs/coverage
	-@.venv/bin/coverage run -m pytest  # a test of a limit on files' sizes fails, as coverage writes a file of its own
	@.venv/bin/coverage combine -q && .venv/bin/coverage report

lint: setup ## findings of ruff and hadolint, and the files that ruff would format; nothing is changed
	@.venv/bin/ruff check && .venv/bin/ruff format --check && .venv/bin/hadolint docker/*.Dockerfile

lmdb: setup ## for plain Caffe: the LMDBs that prototxt/disfa names, from DATA= (default data/synthetic/disfa)
	@$(PYTHON_MAIN) -m data_prep.write_lmdb "$(or $(DATA),data/synthetic/disfa)" --out runs/lmdb/$(or $(DATASET),disfa) \
	  $(call opt,SEED,seed)

rendered: setup ## 3D people who show AUs: PEOPLE=100 PICTURES=30 SEED=0, ICT=/path/to/ICT-FaceKit -> data/rendered
	@$(PYTHON_MAIN) -m data_prep.rendered.dataset --out data/rendered $(call opt,PEOPLE,people) \
	  $(call opt,PICTURES,pictures) $(call opt,SEED,seed) $(call opt,ICT,ict) $(call opt,JOBS,jobs)

rendered-faces: setup ## a contact sheet of them, every AU by number and name -> runs/rendered_faces.png
	@$(PYTHON_MAIN) -m data_prep.rendered.sheet --out "$(RUNS)/rendered_faces.png" $(call opt,ICT,ict)

faces: setup ## a contact sheet of the synthetic faces, every AU by number and name -> runs/faces.png
	@$(PYTHON_MAIN) -m data_prep.synthetic.sheet --out "$(RUNS)/faces.png"

compare: setup ## two runs on the same frames, paired by subject: A=runs/table1 B=runs/other
	@$(RUN).compare "$(or $(A),$(error give A=runs/... and B=runs/...))" "$(or $(B),$(error give A=runs/... and B=runs/...))"

ridge: setup ## what other ridges of QDA would give on the folds of runs/demo
	@$(RUN).ridge "$(RUNS)/demo"

quantization: setup ## what storing one byte per pixel costs: the folds of runs/demo again, with float pixels
	@$(RUN).quantization "$(RUNS)/demo" $(call opt,JOBS,jobs)

balance: setup ## positive shares of DATA= (default data/synthetic/disfa) with each balancing -> runs/balance
	@$(RUN).balance "$(or $(DATA),data/synthetic/disfa)" --out "$(RUNS)/balance"

bench-train: setup ## training speed of real Caffe, ENGINE=torch and a plain PyTorch loop, about 5 minutes; GPU=0
	@$(RUN).bench_train --out "$(RUNS)" $(call opt,GPU,device)

check-gpu: ENGINE = torch
check-gpu: setup ## whether PyTorch works on GPU= (default 0), and how fast, at most 8 minutes -> runs/gpu_check.json
	@$(RUN).check_gpu --out "$(RUNS)" --device "$(or $(GPU),0)"

bench-faces: setup ## the face stage against OpenCV's detector on every full frame, about 4 minutes
	@$(RUN).bench_faces --out "$(RUNS)"

bench-detect: setup ## frames per second of detection with MODEL= (default models/ready), stage by stage
	@$(RUN).bench_detect --model "$(or $(MODEL),models/ready)" --out "$(RUNS)"

real-pictures: setup ## a model on your own pictures: PICTURES=photos/ CSV=labels.csv, MODEL= -> runs/real_pictures
	@$(RUN).real_pictures "$(or $(PICTURES),$(error give PICTURES=photos/ and CSV=labels.csv))" \
	  "$(or $(CSV),$(error give PICTURES=photos/ and CSV=labels.csv))" --out "$(RUNS)/real_pictures" \
	  --index "$(RUNS)" $(call opt,MODEL,model) $(call opt,JOBS,jobs)

bench-lmdb: setup ## seconds for 100,000 frames of 64 x 64, beside one transaction per record
	@$(RUN).bench_lmdb --out "$(RUNS)"

include docker/docker.mk

COMPILE = .venv/bin/uv pip compile -q --generate-hashes --no-header
lock: ## resolve requirements/*.in into the lock files; pins that still fit stay
	$(COMPILE) --universal --python-version 3.11 requirements/main.in -o requirements/main.lock
	$(COMPILE) --python-version 3.9 requirements/caffe.in -o requirements/caffe.lock
	$(COMPILE) --universal --python-version 3.11 requirements/torch.in -c requirements/main.lock \
	  -o requirements/torch-cuda.lock
	$(COMPILE) --universal --python-version 3.11 requirements/torch.in -c requirements/main.lock \
	  --torch-backend cpu -o requirements/torch-cpu.lock

clean: ## delete the runs in runs/ and data/synthetic; data prepared from real datasets and your own files stay
	@[ ! -x $(PYTHON_MAIN) ] || $(RUN).clean "$(RUNS)" data/synthetic
