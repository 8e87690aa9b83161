# Two commands do everything: `make reports` (the demo city) and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
SETTINGS ?= params/demo.yaml
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1

.PHONY: setup reports test check lab bench clean docs

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

reports: setup
	$(BIN)/quality run $(SETTINGS)

test: setup
	$(BIN)/python -m pytest -n auto --dist loadfile

check: setup
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

lab: setup
	$(BIN)/jupyter lab notebooks

bench: setup
	$(BIN)/python -m benchmarks

docs: setup
	$(BIN)/python -m analysis.manual

clean:
	rm -rf outputs .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
