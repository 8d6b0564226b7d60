# The two commands of the README: `make book` and `make test`. Each prepares .venv first; `make help` lists the rest.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
RUN := $(VENV)/bin/python
TORCH := torch==2.13.0
INSTALL := $(RUN) -m pip install --quiet --disable-pip-version-check --no-compile
# More than half of what is installed: whoever imports one of these files compiles it then.
SELDOM := /(tests?|testing|pip|setuptools|sklearn|nilearn|sympy|SimpleITK|mypyc?|dask|distributed|onnx(script|runtime)?|huggingface_hub|_inductor|_dynamo|validators|graph_objs)/
# Tests run side by side, one process for each core; a process that is done takes over what another has left.
SIDE_BY_SIDE := --numprocesses logical --maxprocesses 8 --dist worksteal

# One thread: it repeats, and on busy cores it is faster than two.
export OMP_NUM_THREADS := 1
export PYTHONHASHSEED := 0
# Some containers tell Python to keep no bytecode. Then each kernel and each command compiles the course again, and each
# stage all tests.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help set-up book test slow-test weekly-test gpu-test lab bench mutants benchmark benchmark-real experiments browser compat compat-weekly install-test lint notebooks onnx derived lock clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Python 3.11 to 3.13 is needed; set PYTHON=/path/to/python3.11")'
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(RUN) tools/cpu_torch.py $(TORCH)
	# Each pip unpacks on one core: two take half of the lock each, and the third adds what is missing on this machine.
	for odd in 0 1; do awk "NR % 2 == $$odd" requirements.lock | $(INSTALL) --no-deps --requirement /dev/stdin & done; wait
	$(INSTALL) --requirement requirements.lock
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(RUN) -m compileall -q -j 0 -x '$(SELDOM)' $(VENV)/lib >/dev/null 2>&1 || true  # pip would compile on one core
	touch $@

set-up: $(VENV)/.ready

book: $(VENV)/.ready ## Build the book, executed, into _build/html
	$(RUN) -m medfuse_course.publishing.build

# SLOW=1 runs the long ones, too, at the end: both are collected once.
test: lint ## Check the style and run the tests
	$(RUN) -m pytest $(SIDE_BY_SIDE) -m "$(if $(SLOW),,not slow and )not browser and not install and not handed_out and not weekly"

slow-test: $(VENV)/.ready ## Run the tests that take long by nature
	$(RUN) -m pytest $(SIDE_BY_SIDE) -m slow

weekly-test: $(VENV)/.ready ## Run what takes so long, or changes so rarely, that once a week is enough
	$(RUN) -m pytest $(SIDE_BY_SIDE) -m "weekly and not browser"
	MEDFUSE_EXAMPLES=200 $(RUN) -m pytest $(SIDE_BY_SIDE) tests/methods/test_fuse.py

gpu-test: $(VENV)/.ready ## Check on a GPU: the images of a CPU, volumes in seconds, training
	$(RUN) -m pytest tests/test_gpu.py

browser: $(VENV)/.ready ## Open the built book and the live widgets in headless Chromium
	$(RUN) -m pytest $(SIDE_BY_SIDE) -m "browser and not weekly" tests/book tests/browser tests/widgets

install-test: $(VENV)/.ready ## Build the wheel and install it elsewhere; look whether environment.yml can be
	$(RUN) -m pytest $(SIDE_BY_SIDE) -m "install and not weekly" tests/packaging

compat: $(VENV)/.ready ## Run what students meet with Colab's older packages, on Colab's Python
	$(RUN) tests/compat.py colab

compat-weekly: $(VENV)/.ready ## Run what Colab's packages can change in numbers, and Python 3.12 and 3.13 with the locked ones
	$(RUN) tests/compat.py colab-numbers python3.12 python3.13

lint: $(VENV)/.ready
	$(VENV)/bin/ruff check --quiet .
	$(VENV)/bin/ruff format --quiet --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo
	$(VENV)/bin/codespell

lab: $(VENV)/.ready ## Open the student notebooks in JupyterLab
	$(VENV)/bin/jupyter lab notebooks

bench: $(VENV)/.ready ## Measure and print, write data/timings.json; ARGS=--cold also times a fresh clone, ARGS='--only METHOD' one method
	PYTHONPATH=. $(RUN) tests/bench.py $(ARGS)

mutants: $(VENV)/.ready ## Break a room on purpose and see whether its tests notice; ARGS='losses --count 40 --seed 1'
	PYTHONPATH=. $(RUN) tests/mutation.py $(ARGS)

# What the leaderboard and the last classical chapter show. A run that was stopped goes on where it was, unless the library
# changed. Real pairs are fetched, or taken from MEDFUSE_DATA; a head of each kind, two of SPECT.
BENCHMARK := $(VENV)/bin/medfuse benchmark --quiet --out _build/benchmark --baseline none
PHANTOMS := --seeds 0-11 \
  --pairs head/mri-ct:lesions=2 head/mri-pet:lesions=2 head/mri-spect:lesions=2 thorax/ct-pet:lesions=2 \
  --metrics lesion_contrast_recovery contrast_to_noise_ratio hallucinated_edges missed_edges structure_fidelity \
  background_lift mi vif qabf ssim
PATIENTS := --split test \
  --pairs aanlib/mri-ct:case=37 aanlib/mri-pet:case=41 aanlib/mri-spect:case=35 aanlib/mri-spect:case=40 \
  --metrics mi vif qabf ssim scd
LOW_DOSE := --seeds 0-11 --methods gaussian_denoise:fwhm=0.0,fwhm_slices=0.0 gaussian_denoise nonlocal_means \
  lowdose_l1 lowdose_gan --pairs $(foreach dose,0.5 0.25 0.1 0.05,thorax/low-dose-pet:dose=$(dose),neighbors=1) \
  $(foreach dose,0.1 0.05,thorax/low-dose-pet:dose=$(dose),neighbors=1,lesions=4,lesion_size=12.0,lesion_suv=5.0) \
  $(foreach dose,0.1 0.05,thorax/low-dose-pet:dose=$(dose),neighbors=1,body=0.5)
NETWORKS = $(foreach family,cnn gan extractors transformers remedies,\
  $(shell $(VENV)/bin/medfuse list methods --task fusion --family $(family) | tail -n +2 | cut -d' ' -f1))
benchmark: $(VENV)/.ready ## Compare all methods on phantoms (minutes), write the tables of data/benchmark
	mkdir -p data/benchmark
	$(BENCHMARK) $(PHANTOMS) --family classical --table data/benchmark/classical.csv >/dev/null
	$(BENCHMARK) $(PHANTOMS) --family cnn --table data/benchmark/cnn.csv >/dev/null
	$(BENCHMARK) $(PHANTOMS) --family gan --table data/benchmark/gan.csv >/dev/null
	$(BENCHMARK) $(PHANTOMS) --family extractors --table data/benchmark/extractors.csv >/dev/null
	$(BENCHMARK) $(PHANTOMS) --family transformers --table data/benchmark/transformers.csv >/dev/null
	$(BENCHMARK) $(PHANTOMS) --family remedies --table data/benchmark/remedies.csv >/dev/null
	$(BENCHMARK) $(LOW_DOSE) --table data/benchmark/low_dose.csv >/dev/null

benchmark-real: $(VENV)/.ready ## Compare the networks on real heads that none was trained on (minutes), write data/benchmark/patients.csv
	$(BENCHMARK) $(PATIENTS) --methods maximum laplacian_pyramid nsst $(NETWORKS) --table data/benchmark/patients.csv >/dev/null

experiments: $(VENV)/.ready ## Run what is missing of every experiment (hours), into the tables of data/benchmark; NAMES='modes' some
	for name in $(or $(NAMES),$(shell $(VENV)/bin/medfuse list experiments | tail -n +2 | cut -d' ' -f1)); do \
	  $(VENV)/bin/medfuse experiment $$name --table data/benchmark/$$name.csv >/dev/null; done

notebooks: $(VENV)/.ready ## Regenerate the student notebooks from the chapters
	$(VENV)/bin/medfuse notebooks

onnx: $(VENV)/.ready ## Export again the networks that ship as files of ONNX, into data/onnx
	for name in $$($(RUN) -c 'from medfuse_course.deployment import SHIPPED; print(*SHIPPED)'); do \
	  $(VENV)/bin/medfuse export $$name --overwrite -o data/onnx/$$name.onnx; done

derived: $(VENV)/.ready ## Rewrite what follows from pyproject.toml: CITATION.cff, environment.yml, badges
	$(RUN) -m medfuse_course.publishing.derived

lock: ## Remake requirements.lock from pyproject.toml, in a fresh environment
	rm -rf .venv-lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python tools/cpu_torch.py $(TORCH)
	.venv-lock/bin/pip install --quiet $(TORCH) '.[torch,imagenet,onnx,book,lab,cluster,dicom,registration,test,dev]'
	.venv-lock/bin/pip check
	{ echo '# Made by "make lock" from pyproject.toml on Linux with Python 3.11. Do not edit.'; \
	  .venv-lock/bin/pip freeze --exclude medfuse-course | sed 's/+cpu//'; } > requirements.lock.part
	mv requirements.lock.part requirements.lock
	rm -rf .venv-lock

clean: ## Remove what was built, keep .venv
	rm -rf _build build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
