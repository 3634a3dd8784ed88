# Two commands are enough on a fresh machine: `make demo` and `make test`.
# Everything is installed below this folder, from constraints.txt, with hashes.

PYTHON ?= python3
UV_VERSION := 0.13.9
VENV ?= .venv
BIN := $(VENV)/bin
UV := .tools/uv-$(UV_VERSION)/bin/uv
STAMP := $(VENV)/.synced

export UV_PYTHON_DOWNLOADS := never
export UV_LINK_MODE := copy
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help demo test test-browser test-mta test-pooler chaos lint docs wheel bench constraints clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(STAMP) ## send an order and a call through a local mailbox, store them, show where to look
	@$(BIN)/notifykit demo $(ARGS)

test: $(STAMP) ## the whole test suite
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

test-browser: $(STAMP) ## the dashboard in a real browser: Chromium, on this machine only
	@PYTHONPATH=tests $(BIN)/python -m browser.install
	@NOTIFYKIT_TEST_BROWSER=1 $(BIN)/python -m pytest tests/browser $(ARGS)

test-mta: $(STAMP) ## the SMTP transport against a real Postfix with Dovecot, on this machine only
	@PYTHONPATH=tests $(BIN)/python -m mta.install
	@NOTIFYKIT_TEST_MTA=1 $(BIN)/python -m pytest tests/mta $(ARGS)

test-pooler: $(STAMP) ## PostgreSQL behind a real PgBouncer, on this machine only
	@PYTHONPATH=tests $(BIN)/python -m pooler.install
	@NOTIFYKIT_TEST_POOLER=1 $(BIN)/python -m pytest tests/pooler $(ARGS)

chaos: $(STAMP) ## kill, pause and cut a running bot for half an hour, and check what it promised
	@PYTHONPATH=tests $(BIN)/python -m reliability.chaos --kills 10000 --sqlite-kills 2000 --controls --json docs/_data/chaos.json $(ARGS)

lint: $(STAMP) ## style, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: $(STAMP) ## both languages, warnings are errors
	@$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html

wheel: $(STAMP) ## wheel and sdist, installed into empty environments and used from there
	@$(BIN)/python .ci/check_wheel.py

bench: $(STAMP) ## the benchmarks' tables
	@for bench in benchmarks/[a-z]*.py; do $(BIN)/python -m "benchmarks.$$(basename $$bench .py)" || exit 1; done

constraints: $(UV) ## resolve the development dependencies anew
	@$(UV) pip compile pyproject.toml --all-extras --group test --group lint --group docs --group build --group bench \
		--universal --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade \
		-o constraints.txt >/dev/null

clean: ## remove what these commands made
	@rm -rf .venv .tools build dist demo docs/_build .mypy_cache .pytest_cache .ruff_cache

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("notifykit needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else 0'
	@$(PYTHON) -m venv .tools/uv-$(UV_VERSION)
	@.tools/uv-$(UV_VERSION)/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: "uv==$(UV_VERSION)"

SYNC = $(UV) pip sync --quiet --require-hashes --python $(VENV) constraints.txt

# Behind a proxy with certificates of its own only the system knows those: then it is asked again.
# Every locked package is installed, then the project itself, editable and without looking anything up.
$(STAMP): pyproject.toml constraints.txt | $(UV)
	@echo "Setting up $(VENV) …"
	@$(UV) venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV)
	@$(SYNC) || UV_SYSTEM_CERTS=true $(SYNC)
	@$(UV) pip install --quiet --no-deps --no-build-isolation --python $(VENV) --editable .
	@touch $@
