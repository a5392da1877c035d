# `make` shows what there is. Set-up happens by itself, once: files under .tools/ and .venv/ say what is done.

STACK ?= $(or $(PULUMI_STACK),local)
export STACK

# What a stack needs beyond the base, as extras of pyproject.toml. `local` needs none; give EXTRAS= for stacks of your own.
extras_kubernetes := kubernetes
extras_docker     := docker
extras_dev        := kubernetes azure
extras_staging    := $(extras_dev)
extras_prod       := $(extras_dev)
extras_platform   := $(extras_dev)
extras_vision     := $(extras_dev)
EXTRAS ?= $(extras_$(STACK))

# `local` costs nothing that a preview could save, and going through everything once halves the time of `make up`.
skip_preview := $(if $(filter local,$(STACK)),--skip-preview)

python := .venv/bin/python
pulumi := $(python) scripts/pulumi
tools  := PATH="$$PWD/.tools/bin:$$PATH"

empty :=
space := $(empty) $(empty)
program_venv  := .venv/.ready$(subst $(space),,$(EXTRAS:%=+%))
test_venv     := .venv/.ready-tests
policies_venv := components/policies/.venv/.ready

programs     := $(filter-out scripts/from_source,$(wildcard scripts/*))
schema_tests := tests/components/test_schema.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

.PHONY: help
help:
	@[ -t 1 ] && [ -z "$$NO_COLOR" ] && bold=$$(printf '\033[1m') plain=$$(printf '\033[0m'); \
	awk -F ':.*## ' -v bold="$$bold" -v plain="$$plain" \
	  '/^## / { print "\n" bold substr($$0, 4) plain } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile; \
	echo; echo "STACK=$(STACK)$(EXTRAS:%= + %)"

## Run it

.PHONY: up preview down outputs refresh
up: setup                 ## build or update the stack, then say what there is
	@events=$$(mktemp) && trap 'rm -f "$$events"' EXIT; \
	if $(pulumi) up --yes $(skip_preview) --event-log "$$events"; then $(python) scripts/summary "$$events"; \
	else ended=$$?; $(python) scripts/advice "$$events"; exit $$ended; fi

preview: setup            ## show what `make up` would change, file by file
	@$(pulumi) preview --diff

refresh: setup            ## compare the state with what is really there
	@$(pulumi) refresh --yes

outputs: setup            ## the stack's outputs as JSON; SHOW_SECRETS=1 shows secrets too
	@$(pulumi) stack output --json $(if $(filter 1,$(SHOW_SECRETS)),--show-secrets)

down: setup               ## take everything away again
	@$(pulumi) destroy --yes $(skip_preview) && $(pulumi) stack rm --yes --preserve-config
	@echo "Nothing is left of the stack $(STACK)$(if $(wildcard stacks/Pulumi.$(STACK).yaml), but its settings: stacks/Pulumi.$(STACK).yaml,.)"

.PHONY: cluster cluster-down
cluster: setup-cluster    ## a Kubernetes on this machine for STACK=kubernetes; needs root; ARGS="--gpus 2"
	@$(tools) $(python) scripts/cluster up $(ARGS)

cluster-down:             ## remove every trace of that Kubernetes
	@$(or $(realpath $(python)),python3) scripts/cluster down

.PHONY: rehearse rehearse-down
rehearse: setup-tests     ## the way of STACK=dev to Azure, on this machine with a stand-in for Azure; needs root
	@$(tools) $(python) scripts/rehearse up

rehearse-down: setup-tests ## destroy that stack, and remove every trace
	@$(tools) $(python) scripts/rehearse down

## Work on it

.PHONY: test check format judge bench
test: setup-tests         ## every test; ARGS="-k name" for some
	@$(tools) $(python) -m pytest --numprocesses auto --dist loadgroup $(ARGS)

check: setup-tests        ## format, lint, types, imports, schema: what CI runs first
	@failed=; export PATH="$$PWD/.tools/bin:$$PATH"; \
	$(python) -m ruff format --check --quiet . || failed="$$failed format"; \
	$(python) -m ruff check --quiet . || failed="$$failed lint"; \
	$(python) -m mypy --no-error-summary || failed="$$failed types"; \
	MYPYPATH=tests $(python) -m mypy --no-error-summary --scripts-are-modules $(programs) || failed="$$failed types-of-scripts"; \
	PYTHONPATH=components/scoring_server:components/policies .venv/bin/lint-imports --no-logo || failed="$$failed imports"; \
	$(python) -m pytest --quiet $(schema_tests) || failed="$$failed schema"; \
	[ -z "$$failed" ] || { echo "make check failed:$$failed" >&2; exit 1; }

format: setup-tests       ## put the code into the house format
	@$(python) -m ruff format .
	@$(python) -m ruff check --fix .

judge: setup-tests        ## ask the real Triton about all test directories, and record; ARGS=--changed for new ones
	@$(tools) $(python) -m tests.judge $(ARGS)

bench: setup-tests        ## measure the numbers that docs/benchmarks.md states
	@$(tools) $(python) scripts/bench $(ARGS)

# Set-up ----------------------------------------------------------------------------------------------------------------

unexport VIRTUAL_ENV UV_PROJECT_ENVIRONMENT
sync := .tools/bin/uv sync --locked --inexact   # inexact: what one target installed, another one leaves alone

.PHONY: setup setup-cluster setup-policies setup-tests force
setup: $(program_venv) .tools/pulumi.ready $(foreach provider,$(filter kubernetes docker,$(EXTRAS)),.tools/pulumi-$(provider).ready)
setup-cluster: $(program_venv) .tools/docker-registry.ready .tools/kubernetes.ready
setup-policies: $(policies_venv)
setup-tests: $(test_venv) $(policies_venv) .tools/pulumi.ready .tools/pulumi-kubernetes.ready .tools/pulumi-docker.ready
setup-tests: .tools/docker-registry.ready .tools/docker-engine.ready .tools/promtool.ready .tools/kubernetes.ready

$(program_venv): uv.lock pyproject.toml .venv/.here
	@$(sync) $(EXTRAS:%=--extra %)
	@touch $@

$(test_venv): uv.lock pyproject.toml .venv/.here
	@$(sync) --extra kubernetes --extra azure --extra docker --group dev --group examples --group stand-in-azure
	@touch $@

# One of its own: what pulumi-policy and the components ask of protobuf does not go together.
$(policies_venv): components/policies/uv.lock .venv/.here
	@.tools/bin/uv sync --locked --quiet --project components/policies
	@touch $@

# A virtual environment does not survive a move of the checkout, nor the end of the Python it was made with.
ifneq "$(file <.venv/.here)$(if $(realpath $(python)),, without Python)" "$(CURDIR)"
.venv/.here: force
endif
.venv/.here: export HERE = $(CURDIR)
.venv/.here: | .tools/uv.ready
	@[ -x $(python) ] && grep -qsF "VIRTUAL_ENV='$$HERE/.venv'" .venv/bin/activate || rm -rf .venv
	@.tools/bin/uv venv --quiet --allow-existing .venv
	@printf %s "$$HERE" > $@

# The links in .tools/bin lead out of the checkout, so what they lead to may vanish.
.tools/%.ready: toolchain.toml scripts/toolchain $(wildcard scripts/programs/*.py)
	@scripts/toolchain $*
	@touch $@
.tools/pulumi.ready: $(wildcard scripts/from_source/*/*) $(if $(realpath .tools/bin/pulumi),,force)
.tools/uv.ready: $(if $(realpath .tools/bin/uv),,force)
.tools/pulumi-kubernetes.ready: .tools/pulumi.ready $(if $(realpath .tools/bin/pulumi-kubernetes),,force)
.tools/pulumi-docker.ready: .tools/pulumi.ready $(if $(realpath .tools/bin/pulumi-docker),,force)
.tools/kubernetes.ready: $(wildcard scripts/from_source/*/*) $(if $(realpath .tools/bin/kubernetes),,force)
.tools/promtool.ready: $(if $(realpath .tools/bin/promtool),,force)
.tools/docker-registry.ready: $(if $(realpath .tools/bin/docker-registry),,force)
.tools/docker-engine.ready: $(if $(realpath .tools/bin/docker-engine),,force)

force:
