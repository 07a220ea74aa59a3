# OBD2-Server: `make help` lists what is here.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := common services/api services/analyzer services/backup cli
STAMP := $(VENV)/.installed
WEB_STAMP := $(VENV)/.web-installed
ANSIBLE_VENV := .venv-ansible
ANSIBLE_STAMP := $(ANSIBLE_VENV)/.installed
AUDIT_VENV := .venv-audit
AUDIT_STAMP := $(AUDIT_VENV)/.installed

.PHONY: help setup demo eval eval-words bench test test-kill proof test-e2e test-web test-ansible lint-ansible check format lint types imports dead openapi docs lock audit clean secrets rotate rotate-key keys \
  up wait down restart logs ps build pull migrate backup dumps dump-check restore upgrade rollback shell obd2 health

help:  ## List the targets
	@grep -hE '^[a-z0-9-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{printf "  %-14s %s\n", $$1, $$2}'

setup: $(STAMP)  ## Install everything into .venv (once)

$(STAMP): requirements/dev.txt $(PACKAGES:=/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit("OBD2-Server needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(PACKAGES:%=-e %)
	@touch $@

demo: setup  ## See it work once: two drives and a backup, in less than a minute
	$(BIN)/obd2 demo $(DEMO_ARGS)

# Workers take over what a slow one has left. `make test PYTEST_ARGS=-n0` runs all in one process.
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal

test: setup  ## Run every test but those on request, on all cores
	$(PYTEST) $(PYTEST_ARGS)

test-kill: setup  ## Kill servers, workers, databases and connections again and again, and look what became of the data
	$(PYTEST) --timeout 1200 -m kill tests/integration $(PYTEST_ARGS)

proof: setup  ## Show that the promises hold: load, faults, bad input, keys (ARGS=--short: minutes; BASE=... KEY=... a running stack)
	@PYTHONPATH=tests BASE="$(BASE)" KEY="$(KEY)" $(BIN)/python -m proof $(ARGS)

test-e2e: setup  ## Build the images, start a stack of its own and test it (needs a container engine)
	$(BIN)/python -m pytest -m stack tests/e2e $(PYTEST_ARGS)

$(WEB_STAMP): $(STAMP) requirements/web.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/web.txt
	@touch $@

test-web: $(WEB_STAMP)  ## Click through the pages in a real browser (needs Chromium); pictures/ shows what it saw
	rm -rf pictures
	OBD2_TEST_DATABASES=sqlite $(BIN)/python -m pytest -m web tests/web $(PYTEST_ARGS)

test-ansible: setup $(ANSIBLE_STAMP)  ## Provision a booted Debian 13 with the playbooks and test it (needs Docker; half an hour)
	$(BIN)/python -m pytest -m ansible $(or $(PYTEST_ARGS),tests/ansible)

$(ANSIBLE_STAMP): requirements/ansible.txt
	$(PYTHON) -m venv $(ANSIBLE_VENV)
	$(ANSIBLE_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/ansible.txt
	@touch $@

# ansible-lint calls ansible by name, so the venv has to be on the path.
lint-ansible: $(ANSIBLE_STAMP)  ## Check the playbooks: yamllint, and ansible-lint with its strictest profile
	$(ANSIBLE_VENV)/bin/yamllint --strict ansible .ansible-lint .yamllint compose.yaml compose.hostpaths.yaml compose.scale.yaml
	PATH="$(CURDIR)/$(ANSIBLE_VENV)/bin:$$PATH" ansible-lint --offline ansible

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
	PYTHONPATH=common/src:services/api/src:services/analyzer/src:services/backup/src:cli/src $(BIN)/lint-imports --no-cache
	@failed=0; for package in $(PACKAGES); do (cd $$package && $(CURDIR)/$(BIN)/deptry src) || failed=1; done; exit $$failed

dead: setup
	$(BIN)/vulture

openapi: setup  ## Write docs/openapi.json from the code
	@mkdir -p docs
	$(BIN)/python -m obd2_api.openapi docs/openapi.json

docs: openapi  ## Write docs/rules.md, and the reference and the real answers into docs/api.md
	$(BIN)/python -m obd2_api.reference docs/api.md
	$(BIN)/python -m obd2_analyzer.rules_page docs/rules.md
	PYTHONPATH=tests $(BIN)/python -m support.document_answers docs/api.md

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
  $(foreach name,common api analyzer backup cli,--no-emit-package obd2-$(name)) --custom-compile-command "make lock"

lock:  ## Pin the requirements again, with hashes (needs uv)
	$(LOCK) --all-extras $(PACKAGES:=/pyproject.toml) requirements/dev.in -o requirements/dev.txt
	$(LOCK) -c requirements/dev.txt requirements/build.in -o requirements/build.txt
	@for service in api analyzer backup; do \
	  $(LOCK) -c requirements/dev.txt {common,services/$$service,cli}/pyproject.toml -o requirements/$$service.txt || exit 1; \
	done
	$(LOCK) requirements/ansible.in -o requirements/ansible.txt
	$(LOCK) --all-extras -c requirements/dev.txt $(PACKAGES:=/pyproject.toml) -o requirements/host.txt
	$(LOCK) requirements/audit.in -o requirements/audit.txt
	$(LOCK) -c requirements/dev.txt requirements/web.in -o requirements/web.txt

$(AUDIT_STAMP): requirements/audit.txt
	$(PYTHON) -m venv $(AUDIT_VENV)
	$(AUDIT_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/audit.txt
	@touch $@

AUDITED_VERSION = $(shell sed -n 's/^OBD2_VERSION=//p' $(firstword $(wildcard $(ENV_FILE) .env.example)) | tail -n 1)

# Without the internet the tool itself may be missing; then the audit says so.
audit:  ## Look for known holes in Python packages and images (offline_ok=1: what could not be checked is no failure)
	@$(MAKE) --no-print-directory $(AUDIT_STAMP) || echo "pip-audit could not be installed" >&2
	@PATH="$(CURDIR)/$(AUDIT_VENV)/bin:$$PATH" $(PYTHON) requirements/audit.py $(if $(offline_ok),--offline-ok) \
	  --requirements $(sort $(wildcard requirements/*.txt)) \
	  --images $(foreach name,api analyzer backup ollama,obd2-$(name):$(AUDITED_VERSION))

eval: setup  ## Measure how well faults are found (ARGS="--seeds 4"; OBD2_REAL_DRIVES=FOLDER judges real drives, too)
	PYTHONPATH=tests $(BIN)/python -m bench.evaluation $(ARGS)

eval-words: setup  ## Measure what becomes of a language model's replies (OLLAMA_TEST_URL=... asks a real one, too)
	PYTHONPATH=tests $(BIN)/python -m bench.advice $(ARGS)

bench: setup  ## Measure ingest (ARGS="--stored 5000000"), facts (FACTS_ARGS="--others 5000000"), backups, pages, advice
	PYTHONPATH=tests $(BIN)/python -m bench.ingest $(ARGS)
	PYTHONPATH=tests $(BIN)/python -m bench.ingest.worst $(WORST_ARGS)
	PYTHONPATH=tests $(BIN)/python -m bench.facts $(FACTS_ARGS)
	PYTHONPATH=tests $(BIN)/python -m bench.backups
	PYTHONPATH=tests $(BIN)/python -m bench.pages
	$(BIN)/python -m pytest --quiet -m bench tests/bench

# The stack. `docker compose` reads .env; what it needs beside that is made here.
ENV_FILE ?= .env
# What an image was built from; /health tells it.
export OBD2_REVISION ?= $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
COMPOSE := docker compose --env-file $(ENV_FILE)
SECRETS_DIR ?= $(or $(shell sed -n 's/^SECRETS_DIR=//p' $(ENV_FILE) 2>/dev/null | tail -n 1),secrets)
SECRET_NAMES := api_key mysql_root_password db_migrate_password db_api_password db_analyzer_password db_backup_password
SERVICES := mysql api analyzer backup ollama
DUMPS_DIR ?= backups
service ?= api

$(ENV_FILE):
	@echo "There is no $(ENV_FILE) yet: cp .env.example $(ENV_FILE)" >&2; exit 1

secrets: $(SECRET_NAMES:%=$(SECRETS_DIR)/%)  ## Make the passwords and the key that are missing

# The folder keeps people out; inside a container a secret is readable by its service, whatever user that runs as.
$(SECRETS_DIR)/%:
	@install -d -m 0700 $(SECRETS_DIR)
	@given=$$([ "$*" != api_key ] || sed -n 's/^API_KEY=//p' $(ENV_FILE) 2>/dev/null | tail -n 1); \
	  printf '%s' "$${given:-$$(head -c 64 /dev/urandom | base64 -w 0 | tr -dc 'A-Za-z0-9' | head -c 40)}" > $@.part
	@chmod 0444 $@.part && mv $@.part $@ && echo "made $@"

# The file is written in place: containers see its content, not its name.
rotate: $(ENV_FILE)  ## Change a database password: make rotate user=api (or migrate, analyzer, backup)
	@set -o pipefail; file=$(SECRETS_DIR)/db_$(user)_password; test -f $$file || { echo "user=$(user)?" >&2; exit 1; }; \
	  new=$$(head -c 64 /dev/urandom | base64 -w 0 | tr -dc 'A-Za-z0-9' | head -c 40) \
	  && printf '%s\n' "$$new" | $(COMPOSE) exec -T mysql obd2-rotate $(user) set \
	  && chmod 0644 $$file && printf '%s' "$$new" > $$file && chmod 0444 $$file \
	  && { [ "$(user)" = migrate ] || { $(COMPOSE) restart $(user) && $(MAKE) --no-print-directory wait; }; } \
	  && $(COMPOSE) exec -T mysql obd2-rotate $(user) finish </dev/null && echo "the password of $(user) is changed"

rotate-key: $(ENV_FILE)  ## Give the api a new key beside the old one; finish=1 takes the old one away
	@set -o pipefail; file=$(SECRETS_DIR)/api_key; test -f $$file || { echo "there is no $$file" >&2; exit 1; }; \
	  held=$$(grep -c . $$file); first=$$(head -n 1 $$file); \
	  if [ -n "$(finish)" ]; then keys=$$first; done="only the new key is valid now"; \
	  elif [ "$$held" -gt 1 ]; then echo "an exchange is going on: make rotate-key finish=1" >&2; exit 1; \
	  else new=$$(head -c 64 /dev/urandom | base64 -w 0 | tr -dc 'A-Za-z0-9' | head -c 40); \
	    keys=$$(printf '%s\n%s' "$$new" "$$first"); done="both keys are valid; the new one is the first line of $$file"; fi; \
	  chmod 0644 $$file && printf '%s' "$$keys" > $$file && chmod 0444 $$file \
	  && $(COMPOSE) restart api && $(MAKE) --no-print-directory wait && echo "$$done"

keys: $(ENV_FILE)  ## Look after keys of devices: make keys do="create pi --device chi-eclipse-01" (list, revoke, rotate)
	@$(COMPOSE) exec -T api obd2 keys $(do)

# Nothing waits for the model's download nor for what only watches: these start once the rest is healthy.
up: $(ENV_FILE) secrets  ## Start the stack and wait until it is healthy (profile=monitoring for more)
	$(COMPOSE) up --detach --remove-orphans --wait --wait-timeout 300 $(SERVICES)
	@compose="$(COMPOSE) $(if $(profile),--profile $(profile))"; \
	  $$compose up --detach --no-deps $$($$compose config --services | grep -vxE "migrate|$$(tr ' ' '|' <<<'$(SERVICES)')")
	@echo "The Pi's key is the first line of $(SECRETS_DIR)/api_key"

wait: $(ENV_FILE)
	$(COMPOSE) up --detach --no-recreate --wait --wait-timeout 300 $(SERVICES)

down: $(ENV_FILE)  ## Stop the stack; data stays
	$(COMPOSE) --profile monitoring down --remove-orphans

restart: $(ENV_FILE)  ## Restart a service: make restart service=api
	$(COMPOSE) restart $(service)

logs: $(ENV_FILE)  ## Follow the log of a service: make logs service=api
	$(COMPOSE) logs --follow --tail 100 $(service)

ps: $(ENV_FILE)  ## Show the containers
	$(COMPOSE) --profile monitoring ps --all

build: $(ENV_FILE)  ## Build the images
	$(COMPOSE) build

pull: $(ENV_FILE)  ## Fetch newer images of the database and the rest
	$(COMPOSE) --profile monitoring pull --ignore-buildable

migrate: $(ENV_FILE) secrets  ## Bring the database to this version's schema
	$(COMPOSE) run --rm migrate

backup: $(ENV_FILE)  ## Dump the database into backups/
	@install -d -m 0700 $(DUMPS_DIR)
	@file=$(DUMPS_DIR)/obd2db-$$(date -u +%Y-%m-%dT%H-%M-%SZ).sql.gz; set -o pipefail; \
	  $(COMPOSE) exec -T mysql obd2-dump | gzip > $$file.part \
	  && gunzip -c $$file.part | tail -n 1 | grep -q '^-- Dump completed' && mv $$file.part $$file && echo $$file \
	  || { rm -f $$file.part; echo "the dump failed; nothing was kept" >&2; exit 1; }

# SQL of a dump: of a file that `make backup` wrote, or of one that the backup service keeps in the vault.
VAULT := $(COMPOSE) run --rm --no-deps --no-TTY --entrypoint obd2 backup backups
SQL = $(if $(dump),$(VAULT) sql "$(dump)",gunzip -c "$(file)")

dumps: $(ENV_FILE)  ## List the dumps of the database in the vault
	@$(VAULT) dumps </dev/null

dump-check: $(ENV_FILE)
	@set -o pipefail; $(SQL) </dev/null | tail -n 1 | grep -q '^-- Dump completed' \
	  || { echo "$(or $(dump),file=$(file)) is no complete dump" >&2; exit 1; }

restore: $(ENV_FILE)  ## Put a dump back: make restore file=backups/obd2db-....sql.gz, or dump=... as `make dumps` shows it
	@COMPOSE="$(COMPOSE)" MAKE_BACKUP="$(MAKE) --no-print-directory backup" YES="$(yes)" NO_DUMP="$(nodump)" \
	  AFTERWARDS="$(if $(dump),$(VAULT) adopt)" stack/restore.sh $(SQL)

UPGRADE := COMPOSE="$(COMPOSE)" DUMPS_DIR="$(DUMPS_DIR)" MAKE_BACKUP="$(MAKE) --no-print-directory backup" stack/upgrade.sh

upgrade: $(ENV_FILE) secrets  ## Build, dump, migrate and start OBD2_VERSION; go back by itself when that fails
	@$(UPGRADE) upgrade

rollback: $(ENV_FILE)  ## Undo the last upgrade: the version and the database of before (later rows are lost)
	@$(UPGRADE) rollback

shell: $(ENV_FILE)  ## Open a shell in a service: make shell service=api
	$(COMPOSE) exec $(service) sh

obd2: $(ENV_FILE)  ## Run the obd2 command on the stack: make obd2 args="jobs list --state dead"
	@COMPOSE="$(COMPOSE)" EXCHANGE_DIR="$(DUMPS_DIR)/exchange" stack/obd2.sh $(args)

health: $(ENV_FILE)  ## Ask the api how everything is
	@$(COMPOSE) exec -T api python -c 'import urllib.request as u; print(u.urlopen("http://127.0.0.1:8000/api/v1/health", timeout=10).read().decode())'

clean:  ## Remove what was built here (never data)
	rm -rf $(VENV) $(ANSIBLE_VENV) $(AUDIT_VENV) .pytest_cache .mypy_cache .ruff_cache pictures
