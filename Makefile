# Everything a person does here. `make run` and `make test` set themselves up in this folder
# (.venv, .make) and never ask anything. Python 3.11 or newer, git and make are all they need.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -p no:cacheprovider $(PYTEST_ARGS)
INSTALL := scripts/install.sh

.PHONY: help run test unit long lint lock bench docs-check clean ready ports clients receiver

help:
	@echo 'make run         set up, start everything, load the demo once; prints the URLs'
	@echo 'make receiver    set up, start the TEST CyberTipline alone, for any client'
	@echo 'make test        set up, run the whole test suite (10 minutes on two cores)'
	@echo 'make unit        the quick tests only (a minute)'
	@echo 'make long        the full counts, resumable; writes docs/operations/results.md'
	@echo "make clients     other people's CyberTipline clients, for the receiver's tests"
	@echo 'make lint        ruff, mypy --strict, import contracts'
	@echo 'make bench       the benchmarks'
	@echo 'make docs-check  every link inside the documentation leads somewhere'
	@echo 'make lock        renew requirements/*.lock from pyproject.toml'
	@echo 'make clean       remove what set-up made (.venv, .make, caches); keeps .answerable'

run: ports .make/run .make/bytecode
	@exec $(BIN)/python scripts/foreground.py $(CURDIR)/$(BIN)/answerable run

receiver: .make/run .make/bytecode
	@exec $(BIN)/python scripts/foreground.py $(CURDIR)/$(BIN)/answerable receiver --control --db .make/receiver.sqlite3

test: .make/test .make/bytecode
	@$(PYTEST) -rs

unit: .make/test .make/bytecode
	@$(PYTEST) -m 'not slow and not browser and not long' tests/unit tests/properties

long: .make/test .make/bytecode
	@$(BIN)/python scripts/long.py

clients:
	@scripts/clients.sh

lint: .make/test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: .make/test .make/bytecode
	@set -e; for page in benchmarks/[a-z]*.py; do echo "== $$page"; $(BIN)/python "$$page"; done

docs-check: .make/test
	@$(BIN)/python scripts/docs_check.py

lock: .make/test
	@scripts/lock.sh

clean:
	rm -rf .venv .make .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf build dist src/*.egg-info
	find src tests scripts benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# Set-up. Each stamp is newer than what it was made from; nothing is installed twice.

ready:
	@command -v python3 >/dev/null 2>&1 || test -n "$$PYTHON" || { \
	  echo 'answerable: there is no python3 here' >&2; \
	  echo '  mend it with:  apt-get install -y python3 python3-venv' >&2; exit 1; }
	@$${PYTHON:-python3} scripts/preflight.py here

ports: ready
	@$${PYTHON:-python3} scripts/preflight.py ports run

.venv/pyvenv.cfg: | ready
	@$(INSTALL) venv

.make/run: .venv/pyvenv.cfg requirements/run.lock requirements/tools.lock pyproject.toml | ready
	@$(INSTALL) run

.make/test: .make/run requirements/test.lock | ready
	@$(INSTALL) test

.make/bytecode: .make/run $(shell find src -name '*.py' 2>/dev/null)
	@$(BIN)/python -m compileall -q src && touch $@
