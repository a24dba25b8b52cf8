# One command for each thing a person does here. Everything is set up in .venv by the lock; nothing else is needed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# Half of the suite's time is waiting, for what was killed to come back.
TESTS  := $(BIN)/python -m pytest -n 3 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup demo test check reliability mutations bench migration lock clean

help:            ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 13

setup: $(READY)  ## make .venv with everything in it

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Loa needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Call make with PYTHON=python3.12, say." if sys.version_info < (3, 11) else 0)'
	@echo "setting up $(VENV) (once, about half a minute) …"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)   ## the main job: a campaign to 10,000 messy numbers, on embedded parts, ending in a report
	@$(BIN)/loa demo

test: $(READY)   ## the whole test suite, on a real Redis and a real PostgreSQL
	$(TESTS)

check: $(READY)  ## format, lint, types, import contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(TESTS)

reliability: $(READY) ## nothing twice, nothing lost: the whole matrix of faults (about an hour), and README's table of it
	@mkdir -p var && rm -f var/reliability.jsonl
	RELIABILITY_ROUNDS=3 RELIABILITY_NUMBERS=8000 STATES_EXAMPLES=300 STATES_STEPS=50 RELIABILITY_LEDGER=$(CURDIR)/var/reliability.jsonl \
		$(BIN)/python -m pytest tests/reliability tests/services/test_faults.py tests/services/test_states_machine.py tests/services/test_pushes_machine.py
	@$(BIN)/python -m tests.reliability.table var/reliability.jsonl

mutations: $(READY) ## drop every guard once in a copy, and see that a test notices
	$(BIN)/python -m tests.reliability.mutations

bench: $(READY)  ## the figures of README, measured here
	$(BIN)/python -m bench

migration: $(READY) ## a new migration from the models: make migration name=add_something
	$(BIN)/loa migrate --new "$(name)"

lock: $(READY)   ## renew requirements.lock (needs uv)
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q -o requirements.lock

clean:           ## remove what setup and demo made
	rm -rf $(VENV) var
