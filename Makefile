# What can be made of a fresh clone with Python 3.11 or later and make.
#
#   make demo       answer a question about IBM's 127-qubit experiment, and draw a sweep
#   make test       every test
#   make test-minimum  the tests without optional libraries, oldest versions
#   make lint       style, types, layers
#   make bench      beside its peers, in one run; see benchmarks/README.md
#   make docs       the pages as a site in site/
#   make reference  write the generated pages of docs/reference again
#   make format     let ruff put the files in order
#   make clean      remove what was made
#
# Each target installs what it needs, and no more, into .venv. Another interpreter:
# make test PYTHON=python3.12. Other test arguments: make test PYTEST_ARGS='-k noise -x'.

PYTHON ?= python3
WORKERS ?= auto
PYTEST_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
CONSTRAINTS := constraints/test.txt
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	--constraint $(CONSTRAINTS)
NEEDS := $(VENV)/.made pyproject.toml $(CONSTRAINTS)

.DELETE_ON_ERROR:
.PHONY: help demo test test-minimum lint bench docs reference format clean

help:
	@sed -n '3,14s/^# \{0,1\}//p' Makefile

demo: $(VENV)/.demo
	$(BIN)/python examples/eagle.py --memory 1GB --folder demo

test: $(VENV)/.test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) $(PYTEST_ARGS)

test-minimum: $(VENV)-minimum/.test
	OMP_NUM_THREADS=1 $(VENV)-minimum/bin/python -m pytest -n $(WORKERS) $(PYTEST_ARGS) \
		-k 'not torch and not tensorflow and not jax and not aer and not qiskit'

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks

docs: $(VENV)/.docs
	$(BIN)/python tools/write_reference.py --check
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

reference: $(VENV)/.demo
	$(BIN)/python tools/write_reference.py

format: $(VENV)/.lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) $(VENV)-minimum build dist site demo benchmarks/results *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else \
	"tnsim needs Python 3.11 or later (got %s); name one: make PYTHON=python3.11" \
	% sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.demo: $(NEEDS)
	$(INSTALL) --editable '.[plot,planners]'
	touch $@

$(VENV)/.lint: $(NEEDS)
	$(INSTALL) --editable '.[lint]'
	touch $@

$(VENV)/.test: $(NEEDS)
	$(INSTALL) --editable '.[test,torch,tensorflow,jax,qiskit,cirq,stim,plot,planners]'
	touch $@

$(VENV)-minimum/.test: pyproject.toml constraints/minimum.txt
	$(PYTHON) -m venv $(VENV)-minimum
	$(VENV)-minimum/bin/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints/minimum.txt --editable '.[test,plot]'
	touch $@

$(VENV)/.bench: $(NEEDS)
	$(INSTALL) --editable '.[bench,planners]'
	touch $@

$(VENV)/.docs: $(NEEDS)
	$(INSTALL) --editable '.[docs]'
	touch $@
