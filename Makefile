# Everything runs in .venv, which `venv` makes from the lock, with PYTHON (3.11 or newer).
# Words for a command: make test ARGS="tests/unit -x"

ARGS ?=
CASES ?= tests/conformance/karmada/cases
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help venv demo test e2e conformance lint format kubernetes gitea bench bench-schedule image image-steps lock schemas clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: ## .venv as the lock says; nothing when it already is
	@.ci/venv

demo: venv ## the main job on three simulated members, in one process
	@$(BIN)/gitopsd demo $(ARGS)

test: venv ## all tests but those on real servers
	@$(BIN)/pytest -n auto $(ARGS)

e2e: venv kubernetes gitea ## the tests on real servers
	@$(BIN)/pytest -m e2e $(ARGS)

conformance: venv ## agreement with recorded answers of Karmada: CASES=DIR
	@$(BIN)/python tests/conformance/karmada/agree.py $(CASES) $(ARGS)

lint: venv ## style, types, imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: venv ## puts the code in shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

kubernetes: venv ## finds or builds the Kubernetes programs of the tests, and helm
	@PYTHONPATH=tests $(BIN)/python -m servers.binaries
	@PYTHONPATH=tests $(BIN)/python -m servers.helm

gitea: venv ## builds the git host of the tests, a Gitea, where it is not built yet
	@PYTHONPATH=tests $(BIN)/python -m servers.gitea

bench: venv kubernetes ## delivery against kubectl and bare requests; smaller: ARGS="--size 100"
	@PYTHONPATH=tests $(BIN)/python tests/bench/deliver.py $(ARGS)

bench-schedule: venv ## decisions of the scheduler, CPU seconds
	@PYTHONPATH=tests $(BIN)/python tests/bench/schedule.py $(ARGS)

image: ## the container image, by docker or podman
	@builder=$$(command -v docker || command -v podman) || \
	  { echo 'make image: needs docker or podman; `make image-steps` runs the same steps in a folder' >&2; exit 1; }; \
	"$$builder" build -t gitopsd:$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml) $(ARGS) .

image-steps: venv ## the Dockerfile's steps in a plain folder, where there is no container daemon
	@$(BIN)/python .ci/image_steps.py

lock: venv ## the locks, from pyproject.toml; newest versions: ARGS=--upgrade
	@.ci/lock $(ARGS)

schemas: venv ## the bundled Kubernetes schemas, from kubernetes-validate
	@$(BIN)/python .ci/schemas.py

clean: ## removes what can be made again
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
