# Every command a developer or operator needs; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
UV := .tools/bin/uv
BIN := .venv/bin
NPM := $(BIN)/python hatch_build.py npm
T ?= tests

.DEFAULT_GOAL := help
.PHONY: help setup demo check lint types test test-python test-typescript test-postgres fmt schema openapi migration lock bench bench-800m screens chromium assets

help: ## list these commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  \1\t/' | expand -t 18

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("Rejoinder needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .tools
	.tools/bin/pip install --quiet --disable-pip-version-check uv==0.13.9

.venv/.ready: requirements/dev.txt pyproject.toml | $(UV)
	test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	$(UV) pip sync --quiet --require-hashes --python $(BIN)/python requirements/dev.txt
	REJOINDER_SKIP_ASSETS=1 $(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

.venv/.extras: requirements/extras.txt .venv/.ready
	$(UV) pip install --quiet --require-hashes --python $(BIN)/python -r requirements/extras.txt
	touch $@

setup: assets .venv/.extras ## install everything needed, build the web assets

assets: .venv/.ready ## build the web assets, where stale
	$(BIN)/python hatch_build.py

demo: assets ## run a lively demo on http://127.0.0.1:8000 (FRESH=1 starts over)
	$(BIN)/rejoinder demo $(if $(FRESH),--fresh)

check: setup lint types test ## everything CI runs: format, lint, types, contracts, all tests

lint: setup ## formatting, lint and import contracts of Python and TypeScript
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/lint-imports --no-cache | tail -n 3
	$(NPM) run --silent format:check
	$(NPM) run --silent lint

types: setup ## static types of Python and TypeScript
	$(BIN)/mypy
	$(NPM) run --silent check

test: test-typescript test-python ## every test: Python, TypeScript, browser (T=path for a part of the Python ones)

test-python: setup chromium
	$(BIN)/pytest -n 2 --dist loadgroup -q $(T)

test-typescript: setup
	$(NPM) run --silent test

test-postgres: setup ## the same Python tests on another Postgres 16+: URL=postgresql://…
	@test -n "$(URL)" || { echo "Say which Postgres: make test-postgres URL=postgresql://user@host/postgres" >&2; exit 1; }
	REJOINDER_TEST_DATABASE_URL=$(URL) $(BIN)/pytest -q $(T)

chromium:
	@command -v chromium >/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-color-emoji) >/dev/null; \
	else echo "The browser tests need Debian's chromium: sudo apt-get install chromium" >&2; exit 1; fi

fmt: setup ## format everything
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --quiet --fix .
	$(NPM) run --silent format

schema: setup ## write each package's schema.sql from the migrations
	$(BIN)/python -m rejoinder.db.schema_dump

openapi: setup ## write frontend/openapi.json and the typed client from the routers
	$(BIN)/python -m rejoinder.server.app > frontend/openapi.json
	$(NPM) run --silent gen:api

migration: ## start a new migration: NAME=chat_reactions
	@n=$$(printf '%04d' $$(( 10#$$(ls rejoinder/db/migrations | tail -n 1 | cut -c1-4) + 1 ))); f=rejoinder/db/migrations/$${n}_$(NAME).sql; \
	printf -- '-- phase: before\n-- Why: \n' > $$f; echo $$f

lock: | $(UV) ## resolve requirements/*.txt anew from pyproject.toml
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 --group dev pyproject.toml -o requirements/dev.txt
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 --constraint requirements/dev.txt --group extras -o requirements/extras.txt

bench: setup ## run a benchmark: NAME=send
	$(BIN)/python -m bench.$(NAME)

bench-800m: setup ## plan eight hundred million people: 9.4 GB of temporary files, about ten minutes
	$(BIN)/python -m bench.planner_800m

screens: setup chromium ## write PNGs of the story's screens to ./screens
	REJOINDER_SCREENS=screens $(BIN)/pytest -q tests/browser --deselect tests/browser/test_screens.py
