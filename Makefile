# One command for each thing a person does here. Everything is set up in .venv by the lock; nothing else is needed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# What looks at the dependencies is none of them.
AUDIT  := .venv-audit
# Half of the suite's time is waiting, for what was killed to come back.
TESTS  := $(BIN)/python -m pytest -n 3 --dist worksteal

# Tests that start nothing.
FAST   := tests/domain tests/lists tests/test_config.py tests/test_log.py tests/test_sealing.py tests/console/test_words.py tests/providers/test_case_files.py \
	tests/providers/test_golden.py tests/providers/test_esms_answers.py

.DEFAULT_GOAL := help
.PHONY: help setup demo screenshots test test-fast check reliability distributed mutations bench doors fuzz soak docs drill migration sbom audit lock clean

help:            ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 13

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

screenshots: $(READY) ## the pictures of docs/console/ and docs/operations/, taken anew (needs chromium and prometheus)
	@$(BIN)/python -m tests.console.screenshots
	@$(BIN)/python -m tests.operations.pictures

test: $(READY)   ## the whole test suite, on a real Redis and a real PostgreSQL
	$(TESTS)

test-fast: $(READY) ## the rules, the lists and the adapters' answers: no server, no process, half a minute
	$(BIN)/python -m pytest -n 2 $(FAST)

check: $(READY)  ## format, lint, types, import contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(TESTS)

reliability: $(READY) ## nothing twice, nothing lost: the whole matrix of faults (about an hour), and the table of docs/reliability.md
	@mkdir -p var && rm -f var/reliability.jsonl
	RELIABILITY_ROUNDS=3 RELIABILITY_NUMBERS=8000 STATES_EXAMPLES=300 STATES_STEPS=50 RELIABILITY_LEDGER=$(CURDIR)/var/reliability.jsonl \
		$(BIN)/python -m pytest tests/reliability tests/services/test_faults.py tests/services/test_states_machine.py tests/services/test_pushes_machine.py
	@$(BIN)/python -m tests.reliability.table var/reliability.jsonl

distributed: $(READY) ## a million numbers over two worker hosts in network namespaces, cut off in turn (a quarter of an hour, as root)
	$(BIN)/python -m tests.distributed
	@$(BIN)/python -m tests.distributed --table

mutations: $(READY) ## drop every guard once in a copy, and see that a test notices
	$(BIN)/python -m tests.reliability.mutations

bench: $(READY)  ## the figures of docs/figures.md, measured here
	$(BIN)/python -m tests.bench

doors: $(READY)  ## the doors tried from outside, and their table docs/doors.md (about ten minutes; the row of the full disk as root)
	$(BIN)/python -m tests.doors

fuzz: $(READY)   ## the properties tried with new examples, ten minutes a subject (args="lists dates --minutes 60"): docs/fuzzing.md
	$(BIN)/python -m tests.fuzz $(args)

soak: $(READY)   ## two hours of everything at once, with restarts and clock shifts: var/soak (args="--minutes 30 --rate 10" for less)
	$(BIN)/python -m tests.soak $(args)

docs: $(READY)   ## the documents, into var/site; the reference is written anew from the code
	$(BIN)/python docs/reference/generate.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

drill: $(READY)  ## which alert fires for which fault, with a real Prometheus (about half an hour, as root)
	$(BIN)/python -m tests.operations.drill
	@$(BIN)/python -m tests.operations.drill --table

migration: $(READY) ## a new migration from the models: make migration name=add_something
	$(BIN)/loa migrate --new "$(name)"

sbom: $(READY) $(AUDIT)/.ready ## a bill of materials of .venv in CycloneDX: var/sbom.cdx.json
	@mkdir -p var
	$(AUDIT)/bin/cyclonedx-py environment $(VENV) --pyproject pyproject.toml --mc-type application --output-reproducible --of JSON -o var/sbom.cdx.json
	@$(BIN)/python deploy/check_sbom.py requirements.lock var/sbom.cdx.json

audit: $(AUDIT)/.ready ## known vulnerabilities of what is locked; needs osv.dev (docs/dependencies.md has the list kept by hand)
	$(AUDIT)/bin/pip-audit --strict --vulnerability-service osv --disable-pip --require-hashes -r requirements.lock

$(AUDIT)/.ready: deploy/audit.lock
	@$(PYTHON) -m venv --clear $(AUDIT)
	@$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/audit.lock
	@touch $@

lock: $(READY)   ## renew requirements.lock and deploy/audit.lock (needs uv)
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q -o requirements.lock
	uv pip compile --group audit --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q -o deploy/audit.lock

clean:           ## remove what setup and demo made
	rm -rf $(VENV) $(AUDIT) var
