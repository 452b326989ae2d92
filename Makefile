# Two commands for a fresh machine: `make demo` and `make test`. `make help` lists the others.
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
SECONDS ?= 600
TARGET  ?=
INPUT   ?=
# Tests wait for daemons as often as they work: three for every two cores. More cost each other
# more than they gain.
TESTERS := $(shell echo $$(( ($$(getconf _NPROCESSORS_ONLN) * 3 + 1) / 2 )))
# Per cent of the lines and branches that the tests reach, a little below what was measured.
COVERED := 92

.DEFAULT_GOAL := help
.PHONY: help install docs demo dist bench bench-profile bench-encoders resolve-check test test-long \
	test-crash test-readers test-all fuzz soak footage package pythons lint types imports format clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## create .venv with Proxx, its development tools and an embedded FFmpeg

$(STAMP): pyproject.toml
	@echo "installing into $(VENV) (Proxx, its development tools, FFmpeg 9.0)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[ffmpeg,dev]'
	@touch $@

demo: install ## make a proxy of real footage with the real daemon (CLIP=, PROFILE=)
	@$(BIN)/python demo/demo.py --profile '$(PROFILE)' $(if $(CLIP),--clip '$(CLIP)')

resolve-check: install ## run the checklist of docs/how-to/resolve.md with the real Resolve (CLIP=)
	@$(BIN)/python demo/resolve_check.py $(if $(CLIP),'$(CLIP)')

test: lint types imports ## check style, types and imports, and run the tests that are quick
	@$(BIN)/python demo/footage.py > /dev/null
	@$(BIN)/python -m compileall -q proxx_daemon
	@$(BIN)/python -m pytest -q -n $(TESTERS) --dist worksteal \
		-m 'not slow and not crash and not readers and not long'

test-long: install ## run the tests of which each takes more than four seconds
	@$(BIN)/python demo/footage.py > /dev/null
	@$(BIN)/python -m pytest -q -n $(TESTERS) --dist worksteal -m 'long and not slow'

test-crash: install ## crash daemons at every durable call, lose power there (needs cc, mkfs.ext4)
	@$(BIN)/python -m pytest -q -n $(TESTERS) -m 'crash and not slow' tests/crash tests/integration/spool

test-readers: install ## read proxies with other programs (needs GStreamer, Chromium)
	@$(BIN)/python demo/footage.py > /dev/null
	@$(BIN)/python -m pytest -q -m readers tests/readers

# Coverage is that of `make test`: the slow suites count system calls and kill what they start,
# and a measured process makes calls of its own and writes nothing when it is killed.
test-all: lint types imports ## every test, and the coverage (needs strace, cc, unshare; half an hour)
	@$(BIN)/python demo/footage.py > /dev/null
	@$(BIN)/python -m compileall -q proxx_daemon
	@$(BIN)/python -m pytest -q -n $(TESTERS) --dist worksteal -m 'not slow and not crash and not readers' \
		--cov --cov-report=term:skip-covered --cov-fail-under=$(COVERED)
	@$(BIN)/python -m pytest -q -n $(TESTERS) --dist loadgroup -m 'slow or crash or readers'

# The hash seed makes a run repeatable, as far as its time allows.
fuzz: install ## give damaged input to every reader, guided by coverage (SECONDS=, TARGET=, INPUT=)
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install \
		--quiet --disable-pip-version-check --editable '.[ffmpeg,dev,fuzz]'
	@PYTHONHASHSEED=0 PYTHONPATH=.:tests $(BIN)/python -m fuzz.harness --seconds '$(SECONDS)' \
		$(if $(TARGET),--target '$(TARGET)') $(if $(INPUT),--input '$(INPUT)')

soak: install ## kill the daemon every few seconds while 5,000 jobs run, and check every job
	@PYTHONPATH=.:tests $(BIN)/python tests/soak/soak.py

footage: install ## take every media file of DIR through Proxx and compare (OUT=, ONLY=profile)
	@PYTHONPATH=.:tests $(BIN)/python -m corpus.footage --out "$(or $(OUT),.footage)" \
		$(if $(ONLY),--profile $(ONLY)) "$(DIR)"

dist: install ## build the wheel and the source distribution into dist/
	@rm -rf dist
	@$(BIN)/python -m build --outdir dist

package: install ## build both, install them into clean environments, and run real jobs there
	@$(BIN)/python -m pytest -q tests/package

pythons: install ## run the tests on every other installed Python from 3.11 to 3.14
	@$(BIN)/python tests/package/pythons.py

lint: install ## check style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .

types: install ## check types
	@$(BIN)/mypy

imports: install ## check which folder imports which
	@$(BIN)/lint-imports --no-cache

format: install ## format the code and apply safe fixes
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: install ## measure the daemon against the same FFmpeg commands run by hand (QUICK=1 for a trial)
	@$(BIN)/python -c 'import matplotlib' 2>/dev/null || $(BIN)/python -m pip install \
		--quiet --disable-pip-version-check --editable '.[ffmpeg,dev,bench]'
	@PYTHONPATH=.:demo:bench $(BIN)/python bench/daemon_bench.py $(if $(QUICK),--quick,--page)

bench-profile: install ## show where the daemon spends processor time on short jobs
	@PYTHONPATH=.:demo:bench $(BIN)/python bench/daemon_profile.py

bench-encoders: install ## measure the encoders, and write docs/reference/encoders.md (about an hour)
	@PYTHONPATH=demo:bench $(BIN)/python bench/encoders.py

docs: install ## write the generated pages of docs/
	@$(BIN)/python docs/generate.py

clean: ## delete everything that these commands created
	rm -rf $(VENV) .venv-3.* .demo .bench .footage .fuzz dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*
