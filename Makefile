# Everything this project does, by name. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
DEMO := CLINIC_DATA=instance/demo CLINIC_MASTER_KEY=instance/demo-keys/master.key
TEMPLATES := $(wildcard templates)
CODE := $(wildcard clinic config.py wsgi.py migrations tests tools)

.PHONY: help env app-env demo demo-import run test prove nightly check bench screenshots migrate matrix messages

help:  ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

env:  ## Make .venv with everything: application, tests, checks
	@tools/make-env.sh dev

app-env:
	@tools/make-env.sh run

demo: app-env  ## Make a demonstration clinic and serve it; prints address and accounts
	@$(DEMO) $(BIN)/flask --app wsgi demo serve

demo-import: app-env  ## Read a folder in Synthea's CSV format into the demonstration clinic: FOLDER=...
	@$(DEMO) $(BIN)/flask --app wsgi import synthea "$(FOLDER)"

run: app-env  ## Serve the real clinic; the first owner is made by a link on the console
	@$(BIN)/flask --app wsgi serve

migrate: app-env  ## Bring the clinic's database to the newest shape
	@$(BIN)/flask --app wsgi db upgrade

test: env  ## Run the tests (but those of check): rules, services on both engines, views, admin, browser
	@tools/setup-tests.sh
	@. build/test-tools.env; $(PYTEST) -n $(or $(WORKERS),2) --dist worksteal \
	    --ignore=tests/prove --ignore=tests/bench --ignore=tests/architecture tests

prove: env  ## Run races, generated sequences and kills (PROVE_ROUNDS=... for another size)
	@tools/setup-tests.sh
	@tools/prove.sh prove

nightly: env  ## The same at the large sizes
	@tools/setup-tests.sh
	@PROVE_ROUNDS=$(or $(PROVE_ROUNDS),1000) tools/prove.sh nightly

check: env  ## Format, lint, types, import contracts, templates, architecture tests
	@tools/check.sh

bench: env  ## Measure the pages; prints a table and writes build/bench.json
	@tools/setup-tests.sh
	@mkdir -p build
	@. build/test-tools.env; $(BIN)/python -m tests.bench

screenshots: env  ## Put each page, large and small, into docs/screenshots
	@tools/setup-tests.sh
	@. build/test-tools.env; $(BIN)/python -m tools.screenshots

matrix: env  ## Try every door as everybody and write docs/access_matrix.csv anew
	@$(BIN)/python -m tests.architecture.doors

messages: env  ## Collect the texts people see, update and compile the catalogues
	@tools/messages.sh
