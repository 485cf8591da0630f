# What people type. Everything else is behind `artisan` (deploy/cli.py); `make help` lists the targets.

# The first Python on the PATH that is new enough; where there is none, the one that says so.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
VENV ?= .venv
BIN := $(VENV)/bin
# `make tour STORY=checkout`, `make bench NAME=pages`, `make test ARGS="-k refund"`
STORY ?= checkout
NAME ?= checkout
ARGS ?=
export VENV

.DEFAULT_GOAL := help
.PHONY: help up down reset tour verify doctor test faults bench check format lock run-environment dev-environment assets

help:  ## List the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

up: run-environment assets  ## Install what is missing, then run everything at http://localhost:8000 (PORT=8100 moves it)
	@exec $(BIN)/artisan up

down:  ## Stop what `make up` started; the data is kept
	@$(BIN)/artisan down

reset:  ## Delete all local data (asks first; FORCE=1 does not)
	@$(BIN)/artisan reset

tour:  ## Play a story on the running stack: make tour STORY=checkout
	@$(BIN)/artisan tour $(STORY)

verify:  ## Check the running stack's books, stock and orders
	@$(BIN)/artisan verify

doctor:  ## Say what is configured, reachable and missing
	@$(BIN)/artisan doctor

test: dev-environment assets  ## Run the tests, one process a core (JOBS=1: one): make test ARGS="-k refund"
	@$(BIN)/python deploy/chromium.py
	@$(BIN)/python -m tests.side_by_side -m "not faults" $(ARGS)

faults: dev-environment assets  ## Kill servers while work is in flight and count what is left (long)
	@$(BIN)/pytest -m faults $(ARGS)

bench: dev-environment assets  ## Measure the running stack: make bench NAME=pages ARGS=--json
	@$(BIN)/artisan bench $(NAME) $(ARGS)

check: dev-environment  ## Format, lint, types, imports
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: dev-environment  ## Put the code into shape
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

lock: dev-environment  ## Resolve all dependencies anew
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --extra embedded -o requirements.lock pyproject.toml
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --extra embedded --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	@echo uv | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate -o requirements-uv.lock -
	@npm install --package-lock-only

run-environment:
	@$(PYTHON) deploy/bootstrap.py run

dev-environment:
	@$(PYTHON) deploy/bootstrap.py dev

assets: run-environment
	@$(BIN)/python deploy/assets.py
