# Carillon. `make` alone lists the targets.

.DEFAULT_GOAL := help
.PHONY: help run test test-fast faults lint audit bench clean tools

PYTEST := .venv/bin/python -m pytest
# Three of these at a time: they mostly wait for clocks; the longest come first.
SLOW := $(wildcard tests/browser tests/faults tests/processes)
# Shorter: make faults OPTIONS="--rounds 5 --soak-minutes 3 --soak-runs 500"
OPTIONS ?=
FAST := $(filter-out $(SLOW),$(patsubst %/,%,$(wildcard tests/*/ tests/test_*.py)))

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## install what is needed and start Carillon; Ctrl-C stops it
	@.ci/install requirements.lock
	@exec .venv/bin/python app.py serve --with-parent

test: tools ## run every test, with the real services they need
	@.ci/browser
	$(PYTEST) -n 2 $(FAST); fast=$$?; \
	$(PYTEST) -n 2 --database postgres $(FAST); postgres=$$?; \
	$(PYTEST) -n 3 --dist worksteal $(SLOW); slow=$$?; \
	exit $$((fast | postgres | slow))

test-fast: tools ## run the tests that start nothing, on SQLite
	$(PYTEST) -n 2 $(FAST)

faults: tools ## try every fault at length, on both databases, and write docs/reliability.md (an hour)
	@.ci/faults $(OPTIONS)

lint: tools ## check style, types, layers and unused code
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/vulture

audit: tools ## look for known weaknesses in what is installed
	.venv/bin/pip-audit --requirement requirements.lock --disable-pip --require-hashes

bench: tools ## measure what is promised about speed; some of it with PARTS="latency idle", DATABASE=postgres
	@.venv/bin/python -m bench --database $(or $(DATABASE),sqlite) $(PARTS)

clean: ## remove what was installed and cached; data stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

tools:
	@.ci/install requirements-dev.lock
