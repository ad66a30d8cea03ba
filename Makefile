# Striate: two commands on a fresh machine are `make demo` and `make test`. Each sets up all it needs in .venv first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TESTED := $(VENV)/.installed-test

NATIVE := $(wildcard src/striate/kernels/native/*)
SANITIZED := build/sanitize
SANITIZE := -fsanitize=address,undefined -fno-sanitize=null,object-size,vptr,pointer-overflow -fno-sanitize-recover=undefined
SANITIZE += -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS -O1 -g1  # what is left out, the first one finds, in less time

PARTS ?= speed inference picture scaling loader images time_to_accuracy main_job

.PHONY: demo test check sanitize bench install clean

demo: $(INSTALLED)  ## train on X's and O's, judge, write a report, tell the command that opens the page
	$(BIN)/striate demo

test: check  ## everything that `make check` runs, and the slow tests
	$(BIN)/python -m pytest -m slow tests

check: $(TESTED)  ## style, types, tests, docs
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(MAKE) --no-print-directory sanitize
	$(BIN)/python -m pytest -m "not slow and not network and not gpu"

sanitize: $(TESTED)  ## random programs through the native kernels, every access to memory checked
	@if command -v $${CXX:-c++} >/dev/null; then $(MAKE) --no-print-directory $(SANITIZED)/driver && $(SANITIZED)/driver; \
	else echo "No C++ compiler: the native kernels were not checked"; fi

$(SANITIZED)/driver: tests/kernels/sanitize.cpp setup.py $(NATIVE)
	STRIATE_KERNEL_SETS="portable avx2" STRIATE_KERNEL_FLAGS="$(SANITIZE)" $(BIN)/python setup.py --quiet build_ext \
	  --build-lib $(SANITIZED)/library --build-temp $(SANITIZED)/objects
	$${CXX:-c++} -std=c++17 $(SANITIZE) $< $(SANITIZED)/objects/*.o -o $@ -ldl -pthread

bench: $(TESTED)  ## the figures of README and docs, into benchmarks/results/
	$(foreach part,$(PARTS),$(BIN)/python -m benchmarks.$(part) &&) true

install: $(INSTALLED)

$(INSTALLED): pyproject.toml setup.py $(NATIVE)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Striate needs Python 3.11 or newer; name one with: make demo PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[serve]' \
	  || { echo "The install failed: pip must reach a package index (see above)"; exit 1; }
	@touch $@

$(TESTED): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]' \
	  || { echo "The install failed: pip must reach a package index (see above)"; exit 1; }
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
