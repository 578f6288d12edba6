# Every target makes its own environment under .venv/ from a lock file in requirements/, once.
# A machine needs no more than make and one Python from 3.11 to 3.13.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test check conformance bench soak lock clean

# The interpreter that runs everything but the tests, which take the oldest and the newest there is.
ifndef PYTHON
PYTHON := $(shell for python in python3.11 python3.12 python3.13 python3; do \
	"$$python" -c 'import sys; assert sys.version_info >= (3, 11)' 2>/dev/null && echo "$$python" && break; done)
endif
HOST ?= 127.0.0.1
PORT ?= 8000
PYTEST_ARGS ?=
# What the newest Python runs, too; the oldest runs everything.
NEWEST_TESTS := tests/unit tests/typing tests/acceptance/ways
# Tests with real servers and processes may lose their core to other programs: what failed is asked once more, alone.
ONCE_MORE := --last-failed --last-failed-no-failures none
# Most tests wait for servers and processes of their own: two at a time take half the time. Not those in a browser: its
# driver keeps an event loop running.
SIDE_BY_SIDE := --numprocesses 2 --dist loadfile
CONFORMANCE_ARGS ?=
BENCH_ARGS ?=
SOAK_ARGS ?=
LOCK_ARGS ?=

interpreter = $(or $(PYTHON),$(error no Python 3.11 or newer found: install one, or say PYTHON=path))
environment = "$(interpreter)" scripts/environment.py

help: ## Print this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS=$$'\t' read -r name what; do \
		printf '  make %-12s %s\n' "$$name" "$$what"; done

demo: ## Serve the demo on HOST:PORT (127.0.0.1:8000)
	@python=$$($(environment) demo); \
	exec "$$python" -m laneway run examples/demo/main.py --host "$(HOST)" --port "$(PORT)"

# The tests of tests/parity compare with the real FastAPI, which no other test may be able to import.
test: ## Run all tests on the oldest Python installed, unit tests and servers also on the newest (PYTEST_ARGS)
	@command -v curl >/dev/null || scripts/install-packages curl || echo "no curl: the guide's calls will fail"; \
	failed=0; what=--ignore=tests/parity; for interpreter in $$("$(interpreter)" scripts/interpreters.py); do \
		python=$$("$$interpreter" scripts/environment.py dev); \
		"$$python" -VV; \
		"$$python" -m pytest $$what -m "not browser" $(SIDE_BY_SIDE) $(PYTEST_ARGS) \
			|| "$$python" -m pytest $$what $(PYTEST_ARGS) $(ONCE_MORE) || failed=1; \
		"$$python" -m pytest $$what -m browser $(PYTEST_ARGS) \
			|| "$$python" -m pytest $$what $(PYTEST_ARGS) $(ONCE_MORE) || [ $$? = 5 ] || failed=1; \
		python=$$("$$interpreter" scripts/environment.py parity); \
		"$$python" -m pytest tests/parity || failed=1; \
		what="$(NEWEST_TESTS)"; \
	done; exit $$failed

check: ## Lint, formatting, types, import order
	@python=$$($(environment) dev); \
	"$$python" -m ruff check; \
	"$$python" -m ruff format --check; \
	"$$python" -m mypy; \
	"$$python" -m pytest -q tests/unit/test_import_order.py

conformance: ## Run FastAPI's own test suite on Laneway (CONFORMANCE_ARGS)
	@python=$$($(environment) conformance); \
	"$$python" scripts/run_conformance.py --package laneway --path src $(CONFORMANCE_ARGS)

bench: ## Compare with FastAPI in the same run; prints ratios (BENCH_ARGS)
	@command -v wrk >/dev/null || scripts/install-packages wrk; \
	python=$$($(environment) bench); \
	"$$python" -m bench $(BENCH_ARGS)

soak: ## Run a server for ten minutes under all that clients do; fails if it grows (SOAK_ARGS)
	@python=$$($(environment) bench); \
	"$$python" -m bench.soak $(SOAK_ARGS)

lock: ## Write requirements/*.txt anew (LOCK_ARGS=--upgrade for newer versions)
	@python=$$($(environment) lock); \
	"$$python" scripts/lock.py $(LOCK_ARGS)

clean: ## Remove environments, builds and caches
	rm -rf .venv dist .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
