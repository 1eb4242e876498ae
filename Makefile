# `make` alone lists what there is. Needs python3 (3.11 or later, with venv) and make; `make test` fetches the rest.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The system's Python where it will do: built for speed, which those that people compile for themselves seldom are (a third slower).
PYTHON ?= $(shell /usr/bin/python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo /usr/bin/python3 || echo python3)
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
CLIENTS := conformance/clients
AWSCLI_VENV := $(CLIENTS)/.venv-awscli
NODE_FUNCTIONS := conformance/functions/node
# Set, every process would compile all that it imports anew, which takes longer than most of what the tests do.
unexport PYTHONDONTWRITEBYTECODE
export POOLHOUSE_TEST_LAMBDA_RIC := $(CURDIR)/$(NODE_FUNCTIONS)/node_modules/aws-lambda-ric

# Only wheels that the lock names: no build step may download anything that has no hash. Byte code is made when a
# module is first imported, which is a third of the time that pip takes to make all of it.
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --only-binary :all: \
	--no-compile
# Makes `poolhouse` run from this folder; its build backend comes from the lock, too.
INSTALL_PROJECT := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input \
	--no-deps --no-build-isolation --editable .
PYTEST := $(BIN)/python -m pytest

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---- installing: a stamp is older than the lock it stands for only when there is something to do

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or later: make PYTHON=python3.x ...")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements/run.txt requirements/build.txt pyproject.toml $(VENV)/pyvenv.cfg
	@echo "Installing Poolhouse into $(VENV) ..."
	@$(BIN)/python $(PIP_INSTALL) -r requirements/run.txt -r requirements/build.txt
	@$(INSTALL_PROJECT)
	@touch $@

$(VENV)/.installed-dev: requirements/dev.txt $(VENV)/.installed
	@echo "Installing the development tools into $(VENV) ..."
	@$(BIN)/python $(PIP_INSTALL) -r requirements/dev.txt
	@touch $@

$(AWSCLI_VENV)/.installed: requirements/awscli.txt
	@echo "Installing the AWS CLI into $(AWSCLI_VENV) ..."
	@$(PYTHON) -m venv --clear $(AWSCLI_VENV)
	@$(AWSCLI_VENV)/bin/python $(PIP_INSTALL) -r requirements/awscli.txt
	@touch $@

$(CLIENTS)/node_modules/.installed: $(CLIENTS)/package-lock.json $(CLIENTS)/package.json
	@echo "Installing the npm clients into $(CLIENTS)/node_modules ..."
	@cd $(CLIENTS) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# Of all packages only AWS's runtime client may run its scripts: it compiles a library for this Node, which takes a minute.
$(NODE_FUNCTIONS)/node_modules/.installed: $(NODE_FUNCTIONS)/package-lock.json $(NODE_FUNCTIONS)/package.json
	@echo "Installing the packages of the Node handlers into $(NODE_FUNCTIONS)/node_modules ..."
	@cd $(NODE_FUNCTIONS) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@cd $(NODE_FUNCTIONS) && env -u MAKEFLAGS npm rebuild --loglevel=error \
		--nodedir="$$(dirname "$$(dirname "$$(readlink -f "$$(command -v node)")")")" aws-lambda-ric
	@touch $@

.PHONY: install dev-tools clients debian-packages
install: $(VENV)/.installed ## virtual environment in .venv, installed from the hashed lock

dev-tools: $(VENV)/.installed-dev

debian-packages:
	@scripts/debian-packages

clients: debian-packages
	@$(MAKE) $(AWSCLI_VENV)/.installed $(CLIENTS)/node_modules/.installed $(NODE_FUNCTIONS)/node_modules/.installed

# ---- running

.PHONY: run
run: install ## Poolhouse for development on http://localhost:9229 (ARGS="--port 9300")
	@exec $(BIN)/poolhouse dev $(ARGS)

# ---- checking, cheapest first

.PHONY: format lint types contracts
format: dev-tools ## rewrite the code in the house style
	@$(BIN)/ruff check --fix-only --exit-zero --quiet .
	@$(BIN)/ruff format .

lint: dev-tools
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: dev-tools
	@$(BIN)/mypy

contracts: dev-tools
	@$(BIN)/lint-imports --no-logo

.PHONY: check test test-sqlite test-programs test-postgresql
check: lint types contracts ## fast tier: format, lint, types, import contracts, unit tests on SQLite
	@POOLHOUSE_TEST_DATABASE=sqlite $(PYTEST) -q -m "not browser and not clients and not slow" $(ARGS)

test: debian-packages ## everything: installs what it needs, both databases, real clients, a real browser
	@$(MAKE) dev-tools
	@$(MAKE) --jobs=2 --output-sync=target clients lint types contracts
	@echo "== three parts of the tests, at once, since each waits much of its time; each is shown when it is done"
	@$(MAKE) --jobs=3 --output-sync=target test-sqlite test-programs test-postgresql

test-sqlite: dev-tools
	@echo "== tests on SQLite"
	@POOLHOUSE_TEST_DATABASE=sqlite $(PYTEST) -m "not browser and not clients and not slow" $(ARGS)

test-programs: dev-tools
	@echo "== tests that start programs (our own, clients of other makers, a browser) or take long"
	@POOLHOUSE_TEST_DATABASE=sqlite $(PYTEST) -m "browser or clients or slow" $(ARGS)

# The browser and the clients run against `poolhouse dev`, which is SQLite; tests without a database run above, too.
test-postgresql: dev-tools
	@echo "== tests on PostgreSQL"
	@POOLHOUSE_TEST_DATABASE=postgresql $(PYTEST) -m "not browser and not clients" $(ARGS)

.PHONY: screenshots
screenshots: dev-tools debian-packages ## pictures of all pages in tests/browser/screenshots, to look at
	@PYTHONPATH=. $(BIN)/python scripts/screenshots.py

.PHONY: conformance bench bench-large
conformance: dev-tools clients ## heavier proofs by programs we did not write; results in conformance/RESULTS.md
	@$(BIN)/python -m conformance $(ARGS)

bench: dev-tools debian-packages ## load and cost of the main requests
	@$(BIN)/python -m bench $(ARGS)

bench-large: dev-tools debian-packages ## the same against a million users and ten thousand pools
	@$(BIN)/python -m bench --large $(ARGS)

# ---- the schema

.PHONY: migration
migration: dev-tools ## write the next revision of the schema from the tables (name="what it changes")
	@PYTHONPATH=. $(BIN)/python scripts/new_migration.py $(name)

# ---- the texts in other languages

.PHONY: messages
messages: dev-tools ## write locales/ anew from the texts of code and templates (ARGS="nl" begins a language)
	@PYTHONPATH=. $(BIN)/python scripts/messages.py $(ARGS)

# ---- the tables in docs/

.PHONY: parity
parity: dev-tools ## write docs/parity.md: each operation of Cognito's API, how it is tested, what differs
	@PYTHONPATH=. $(BIN)/python scripts/parity.py

# ---- the lock: exact versions with hashes, no registry's address. UPGRADE=--upgrade takes the newest of everything,
# UPGRADE="--upgrade-package starlette" one package. Python 3.11 and later, any platform.

UPGRADE ?=
LOCK := env -u PIP_FIND_LINKS -u UV_FIND_LINKS $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-emit-index-url --no-emit-find-links $(UPGRADE)

.PHONY: lock
lock: dev-tools ## write requirements/*.txt anew from pyproject.toml
	@$(LOCK) pyproject.toml --output-file requirements/run.txt
	@$(LOCK) --group pyproject.toml:build --constraint requirements/run.txt --output-file requirements/build.txt
	@$(LOCK) pyproject.toml --group pyproject.toml:dev --constraint requirements/run.txt \
		--constraint requirements/build.txt --output-file requirements/dev.txt
	@$(LOCK) --group pyproject.toml:awscli --output-file requirements/awscli.txt
