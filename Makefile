# Everything a developer runs. Only Python 3.11-3.13, git and make are needed.
# The first interpreter that runs and has a version we support (a version manager's shim may exist and not run).
PYTHON ?= $(shell for p in python3 python3.12 python3.11 python3.13; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
REPO ?=

.PHONY: help demo test chaos check run bench pictures requirements clean

help:  ## Show these targets
	@grep -hE '^[a-z.]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.venv: $(BIN)/ghapp  ## Create the virtual environment with the command .venv/bin/ghapp

$(BIN)/ghapp: requirements-dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed on the PATH, or name one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	"$(PYTHON)" -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(BIN)/ghapp

demo: $(BIN)/ghapp  ## The whole system on this machine (REPO=path for another repository)
	$(BIN)/ghapp demo $(REPO)

run: $(BIN)/ghapp  ## web, worker and clock with an embedded Redis
	$(BIN)/ghapp run

test: $(BIN)/ghapp  ## All tests
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder

chaos: $(BIN)/ghapp  ## The fault suite at full length (SEED=number; SABOTAGE=drop, double or skip-cursor breaks it)
	$(BIN)/python -m tests.chaos --seed $(or $(SEED),1)

check: $(BIN)/ghapp  ## Formatting, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright

bench: $(BIN)/ghapp  ## The benchmarks; each prints a ratio of two things measured in one run
	@for b in bench/bench_*.py; do echo "== $$b"; PYTHONPATH=. $(BIN)/python $$b || exit 1; done

pictures: demo  ## docs/card.png and docs/digest.png, from the demo, docs/setup-*.png, from a test (needs Chromium)
	$(BIN)/python docs/pictures.py "$$(command -v chromium || command -v google-chrome)"
	GHAPP_PICTURES=1 $(BIN)/python -m pytest tests/test_setup_browser.py

requirements:  ## Pin every dependency by hash, from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras --no-emit-index-url pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras --no-emit-index-url pyproject.toml --group dev -o requirements-dev.txt

clean:  ## Remove what was built
	rm -rf build .venv .pytest_cache .ruff_cache
