# Every word works as the first command after a clone.
# Prerequisites: Python 3.11+, make; Java 17+ for Spark alone.

PYTHON ?= python3
PORT ?= 8585
ENGINE ?= duckdb
BIN := .venv/bin
RUN := $(BIN)/python -m
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
FAST := not full and not benchmark
PACKAGES := geosparql engine ontologies geotriples interlink endpoint federation earthgraph

.PHONY: install demo demo-build databases test test-full lint types bench serve clean

install: .venv/everything

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/core: pyproject.toml | .venv/bin/python
	@echo "Installing what the demo needs into .venv ..."
	$(PIP) -e '.[vector,raster,documents,databases,dggs,endpoint,federation]'
	@touch $@

.venv/everything: pyproject.toml | .venv/bin/python
	@echo "Installing everything, pyspark (450 MB) included, into .venv ..."
	$(PIP) -e '.[all,dev]'
	@touch .venv/core $@

demo-build: .venv/core
	$(BIN)/earthgraph run data/polar/pipeline.toml --engine $(ENGINE)
	$(BIN)/earthgraph run data/food/pipeline.toml --engine $(ENGINE)

demo: demo-build
	$(BIN)/earthgraph serve data/polar/build/store --port $(PORT) --background

databases:
	@sh tests/geotriples/install_databases.sh

test: lint types
	$(RUN) pytest -n 2 -m "not spark and $(FAST)"
	$(RUN) pytest -m "spark and $(FAST)"

test-full: .venv/everything
	$(RUN) pytest -m "not benchmark"

lint: .venv/everything
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: .venv/everything
	$(BIN)/mypy

bench: .venv/everything
	$(RUN) tests.benchmarks

serve: .venv/core
	$(BIN)/earthgraph serve data/polar/build/store --port $(PORT)

clean:
	rm -rf data/*/build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache spark-warehouse
