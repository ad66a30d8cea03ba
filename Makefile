# Striate: two commands on a fresh machine are `make demo` and `make test`. Each sets up all it needs in .venv first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TESTED := $(VENV)/.installed-test

PARTS ?= speed inference picture scaling time_to_accuracy main_job

.PHONY: demo test check bench install clean

demo: $(INSTALLED)  ## train on X's and O's, judge, write a report
	$(BIN)/striate demo

test: check  ## everything that `make check` runs, and the slow tests
	$(BIN)/python -m pytest -m slow tests

check: $(TESTED)  ## style, types, tests, docs
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/python -m pytest -m "not slow and not network and not gpu"

bench: $(TESTED)  ## the figures of README and docs, into benchmarks/results/
	$(foreach part,$(PARTS),$(BIN)/python -m benchmarks.$(part) &&) true

install: $(INSTALLED)

$(INSTALLED): pyproject.toml setup.py $(wildcard src/striate/kernels/native/*)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Striate needs Python 3.11 or newer; name one with: make demo PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . \
	  || { echo "The install failed: pip must reach a package index (see above)"; exit 1; }
	@touch $@

$(TESTED): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]' \
	  || { echo "The install failed: pip must reach a package index (see above)"; exit 1; }
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
