# Two commands for a fresh machine: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3.11
ifeq (,$(shell command -v $(PYTHON)))
PYTHON := python3
endif
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
CLIP    ?=
QUICK   ?=
PROFILE ?= proxy_h264_low
# Tests wait for daemons as often as they work: three for every two cores. More cost each other
# more than they gain.
TESTERS := $(shell echo $$(( ($$(getconf _NPROCESSORS_ONLN) * 3 + 1) / 2 )))

.DEFAULT_GOAL := help
.PHONY: help install docs demo bench bench-profile bench-encoders resolve-check test test-crash test-all soak \
	package pythons lint types imports format clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## make .venv with Proxx, its tools and an embedded FFmpeg

$(STAMP): pyproject.toml
	@echo "installing into $(VENV) (Proxx, its development tools, FFmpeg 8.1)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[ffmpeg,dev]'
	@touch $@

demo: install ## make a proxy of real footage with the real daemon (CLIP=, PROFILE=)
	@$(BIN)/python demo/demo.py --profile '$(PROFILE)' $(if $(CLIP),--clip '$(CLIP)')

resolve-check: install ## go through docs/how-to/resolve.md's checklist with the real Resolve (CLIP=)
	@$(BIN)/python demo/resolve_check.py $(if $(CLIP),'$(CLIP)')

test: lint types imports ## lint, types, import contract and every test but the slow ones
	@$(BIN)/python demo/footage.py > /dev/null
	@$(BIN)/python -m compileall -q proxx_daemon
	@$(BIN)/python -m pytest -q -n $(TESTERS) --dist worksteal -m 'not slow and not crash'

test-crash: install ## crash daemons at every durable call, lose power there (needs cc, mkfs.ext4)
	@$(BIN)/python -m pytest -q -m 'crash and not slow' tests/crash tests/integration/spool

test-all: lint types imports ## as test, with the slow suites (they need strace, cc and unshare)
	@$(BIN)/python -m pytest -q

soak: install ## kill the daemon every few seconds while 5,000 jobs run, and account for each
	@PYTHONPATH=.:tests $(BIN)/python tests/soak/soak.py

package: install ## build wheel and sdist, and run real jobs from clean installations of both
	@$(BIN)/python -m pytest -q tests/package

pythons: install ## run the suite on every other Python that is installed (3.12, 3.13)
	@$(BIN)/python tests/package/pythons.py

lint: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .

types: install
	@$(BIN)/mypy

imports: install
	@$(BIN)/lint-imports --no-cache

format: install ## format the code as the lint step wants it
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: install ## measure the daemon against the same work by hand (QUICK=1 tries it out)
	@$(BIN)/python -c 'import matplotlib' 2>/dev/null || $(BIN)/python -m pip install \
		--quiet --disable-pip-version-check --editable '.[ffmpeg,dev,bench]'
	@PYTHONPATH=.:demo:bench $(BIN)/python bench/daemon_bench.py $(if $(QUICK),--quick,--page)

bench-profile: install ## show where the daemon's processor time goes while it does short jobs
	@PYTHONPATH=.:demo:bench $(BIN)/python bench/daemon_profile.py

bench-encoders: install ## measure the encoders afresh, for docs/reference/encoders.md (about an hour)
	@PYTHONPATH=demo:bench $(BIN)/python bench/encoders.py

docs: install ## write the generated pages of docs/ afresh
	@$(BIN)/python docs/generate.py

clean: ## remove what the other commands made
	rm -rf $(VENV) .venv-3.* .demo .bench dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
