# OBD2-Server: `make help` lists what is here.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := packages/common services/api services/analyzer services/backup packages/cli
STAMP := $(VENV)/.installed

.PHONY: help setup demo bench test check format lint types imports dead openapi lock clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{printf "  %-10s %s\n", $$1, $$2}'

setup: $(STAMP)  ## Install everything into .venv (once)

$(STAMP): requirements/dev.txt $(PACKAGES:=/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit("OBD2-Server needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(PACKAGES:%=-e %)
	@touch $@

test: setup  ## Run every test this machine can run
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: setup lint types imports dead  ## Everything that reads the code without running it

format: setup  ## Rewrite the code in the house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

imports: setup
	PYTHONPATH=packages/common/src:services/api/src:services/analyzer/src:services/backup/src:packages/cli/src $(BIN)/lint-imports --no-cache
	@failed=0; for package in $(PACKAGES); do (cd $$package && $(CURDIR)/$(BIN)/deptry src) || failed=1; done; exit $$failed

dead: setup
	$(BIN)/vulture

openapi: setup  ## Write docs/openapi.json from the code
	@mkdir -p docs
	$(BIN)/python -m obd2_api.openapi docs/openapi.json

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
  $(foreach name,common api analyzer backup cli,--no-emit-package obd2-$(name)) --custom-compile-command "make lock"

lock:  ## Pin the requirements again, with hashes (needs uv)
	$(LOCK) $(PACKAGES:=/pyproject.toml) requirements/dev.in -o requirements/dev.txt
	$(LOCK) -c requirements/dev.txt requirements/build.in -o requirements/build.txt
	@for service in api analyzer backup; do \
	  $(LOCK) -c requirements/dev.txt packages/common/pyproject.toml services/$$service/pyproject.toml \
	    -o requirements/$$service.txt || exit 1; \
	done

bench: setup  ## Measure the ingest on a database of its own (ARGS="--stored 5000000")
	PYTHONPATH=tests $(BIN)/python -m bench.ingest $(ARGS)

clean:  ## Remove what was built here (never data)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
