# Two commands do everything: `make demo` shows what fullcount does, `make test` checks that it does it.
# They need Python 3.11 or newer, and pip or the right to install it; everything else goes into .venv.

PYTHON ?= python3
UV ?= uv
BIN := .venv/bin
INSTALLED := .venv/installed
PEERS ?= $(BIN)/python
SYSTEMS ?= 10000
SPARK := .venv/spark
BENCHMARKS := benchmarks/reading.py benchmarks/counting.py benchmarks/many_files.py benchmarks/daily.py benchmarks/titles.py benchmarks/dashboard.py benchmarks/rollup.py
# worksteal: neighbours stay in one process, so that what a file's tests share is made once
PYTEST := $(BIN)/python -m pytest -n 3 --dist worksteal --cov --cov-report=term

.PHONY: help demo test test-all lint bench bench-matching bench-peers bench-federal docs lock install clean

help:
	@sed -n 's/^#: \(.*\)/  make \1/p' Makefile

#: demo      install, count a made-up department, name the report
demo: install
	$(BIN)/fullcount demo

#: test      all tests but the slow ones, with the house rules (ruff, mypy, import-linter) and the coverage
test: install
	$(PYTEST) -m "not slow" --hypothesis-profile=ci

#: test-all  the slow tests too, and ten times as many examples
test-all: install $(SPARK)
	$(PYTEST) --hypothesis-profile=full

#: lint      the house rules alone
lint: install
	$(BIN)/python -m pytest -q tests/test_house.py

#: bench     every benchmark, one after the other
bench: install
	@set -e; for file in $(BENCHMARKS); do echo "== $$file"; $(BIN)/python "$$file"; done
	@echo "== benchmarks/identity.py"; $(BIN)/python benchmarks/identity.py --systems 2000
	@echo "== benchmarks/coverage_simulation.py"; $(BIN)/python benchmarks/coverage_simulation.py --replications 60

#: bench-matching  what the directives find, and take for it by mistake, among the titles of ../shared/titles
bench-matching: install
	$(BIN)/python benchmarks/matching.py

#: bench-peers  fullcount beside what people use instead; PEERS=PYTHON has pandas, pyspark and duckdb, SYSTEMS="10000 100000"
bench-peers: install
	$(BIN)/python benchmarks/side_by_side.py --systems $(SYSTEMS) --python $(PEERS)

#: bench-federal  5 million systems, every stage: about an hour on 2 idle cores, 6 GB of memory, 40 GB of disk at the most
bench-federal: install
	$(BIN)/python benchmarks/federal.py

#: docs      the parts of docs/ that are made from the code
docs: install
	$(BIN)/python docs/make.py

#: lock      requirements.lock and requirements-spark.lock, from pyproject.toml; needs uv
lock:
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	  --no-emit-find-links --group dev --upgrade --output-file requirements.lock pyproject.toml
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	  --no-emit-find-links --group spark --upgrade --output-file requirements-spark.lock

#: install   .venv, with exactly what requirements.lock names, and fullcount
install: $(INSTALLED)

# A bare Debian has no ensurepip and refuses to install beside its own packages, so a pip from outside fills .venv.
# The project's own build needs nothing from a network: hatchling is in the lock.
# The lock is complete: without --no-deps pip asks an extra (coverage[toml]) of the newest version, which has no hash here.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "fullcount needs Python 3.11 or newer: make PYTHON=/path/to/it" >&2; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null 2>&1 \
	  || { [ "$$(id -u)" = 0 ] && apt-get update && apt-get install --yes --no-install-recommends python3-pip; } \
	  || { echo "pip is missing. As root: apt-get install python3-pip" >&2; exit 1; }
	$(PYTHON) -m venv --without-pip .venv
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --require-hashes --no-deps --requirement requirements.lock
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --no-deps --no-build-isolation --editable .
	@touch $(INSTALLED)

# PySpark is 450 MB and takes over a minute. It comes as a source, which pip builds with setuptools.
$(SPARK): $(INSTALLED) requirements-spark.lock
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --require-hashes --no-deps --requirement requirements-spark.lock
	@touch $(SPARK)

#: clean     remove what was installed, built or cached; demo/ stays
clean:
	rm -rf .venv build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
