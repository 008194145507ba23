# The portal's commands. `make run` and `make test` are all a newcomer needs; `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SYSTEM_RUN := libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk
SYSTEM_TEST := chromium
HOUSEHOLDS ?= 1000
SEED ?= 1
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help run serve setup demo test lint format bench messages clean

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run ## set up what is missing and serve on http://127.0.0.1:8080
	@$(BIN)/python run.py

serve: $(VENV)/.run ## the same with gunicorn: WEB_THREADS threads, WEB_WORKERS workers
	@$(BIN)/flask --app run setup
	@$(BIN)/gunicorn --config python:app.gunicorn run:app

setup: $(VENV)/.run ## only bring the database up to date
	@$(BIN)/flask --app run setup

demo: setup ## fill an empty database: make demo HOUSEHOLDS=12000 SEED=1
	@$(BIN)/flask --app run demo --households $(HOUSEHOLDS) --seed $(SEED)

test: $(VENV)/.test ## run every test; brings its own browser, PostgreSQL and Redis
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(PYTEST_ARGS)

lint: $(VENV)/.test ## style and import rules
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports --no-cache

format: $(VENV)/.test ## put the code into the house style
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(VENV)/.test ## measure, beside a hand-written floor in the same run
	@$(BIN)/python -m bench

messages: $(VENV)/.run ## collect translatable texts into the catalogues
	@$(BIN)/python -m app.translations

clean: ## remove the environment (never the data under instance/)
	rm -rf $(VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed, this is $$($(PYTHON) --version)."; exit 1; }
	@.ci/packages python3-venv:ensurepip
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	@.ci/packages $(SYSTEM_RUN)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.test: requirements-test.txt $(VENV)/.run
	@.ci/packages $(SYSTEM_TEST)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-test.txt
	@touch $@
