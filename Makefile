# Everything a contributor runs. Needs Python 3.11 or newer, pip and make; all else goes into .venv.
# Written for GNU make 3.81, which macOS still ships: no grouped targets, no .ONESHELL.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PIP    := $(BIN)/python -m pip --disable-pip-version-check -qq
EXAMPLE := examples/kiro/plan.json
ARGS   ?=
JOBS   ?= auto

# A stamp says that the step is done; it is done again when pyproject.toml or the build hook is newer.
MADE      := $(VENV)/.made
INSTALLED := $(VENV)/.installed
READY     := $(VENV)/.ready
INPUTS    := pyproject.toml $(wildcard hatch_build.py)

.DEFAULT_GOAL := help
.PHONY: help demo test lint format docs golden incidents bench precision compare compare-cfn clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

demo: $(INSTALLED) ## install planguard into .venv and judge an example plan
	@echo '$$ planguard check $(EXAMPLE)'
	@code=0; $(BIN)/planguard check $(EXAMPLE) || code=$$?; \
	if [ $$code -eq 10 ]; then \
	  echo; \
	  echo 'make demo: exit 10, as it should be: the plan is blocked until a human consents. The demo itself is fine.'; \
	else \
	  echo "make demo: exit $$code, but this example must end in 10 (consent needed)" >&2; \
	  exit 1; \
	fi

test: $(READY) ## run the whole test suite (ARGS='-k name' for a part, JOBS=0 for one process)
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

lint: $(READY) ## style, types, and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy --config-file tests/mypy.ini tests
	@$(BIN)/lint-imports

format: $(READY) ## put the sources into shape
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

docs: $(READY) ## write the generated pages again
	@$(BIN)/python -m planguard.policy.docs
	@$(BIN)/python docs/make_commands.py
	@$(BIN)/python docs/make_codes.py
	@$(BIN)/python docs/make_hook.py
	@$(BIN)/python docs/make_incidents.py

golden: $(READY) ## write the expected outputs of tests/fixtures again; then read the diff
	@PLANGUARD_GOLDEN=write $(BIN)/python -m pytest -q tests -k 'golden or test_examples'

incidents: $(READY) ## make the plans of tests/incidents again (needs terraform), and their page
	@PLANGUARD_INCIDENT_PLANS=write $(BIN)/python -m pytest -q tests/incidents -k kept_plan
	@$(BIN)/python docs/make_incidents.py

bench: $(READY) ## measure against the targets
	@$(BIN)/python -m bench

precision: $(READY) ## judge the labelled plans, and write docs/precision.md
	@$(BIN)/python -m bench.precision

compare: $(READY) ## the same plans through checkov and jq (installs checkov into bench/out)
	@$(BIN)/python -m bench.compare

compare-cfn: $(READY) ## pairs of templates through planguard and the CDK's diff (npm, into bench/out)
	@$(BIN)/python -m bench.compare_cfn

clean: ## remove what these commands made
	rm -rf $(VENV) dist build planguard/_compiled planguard/_rules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "planguard needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(INSTALLED): $(MADE) $(INPUTS)
	@echo 'Installing planguard into $(VENV) (the first time takes a minute)'
	@$(PIP) install --editable .
	@touch $@

$(READY): $(INSTALLED)
	@echo 'Installing what the tests need'
	@$(PIP) install --editable '.[dev]'
	@touch $@
