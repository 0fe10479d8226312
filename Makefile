# Two commands do everything from a fresh clone:
#   make demo   sets up, fits the bundled river data, and leaves a report to open
#   make test   sets up, and runs every check
# The environment is .venv/ at the root; it is made again only when pyproject.toml changes.

PYTHON ?= python3
BIN    := .venv/bin
READY  := .venv/.ready

.PHONY: demo test check unit docs bench format clean help

help:
	@sed -n 's/^#   //p' Makefile

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fisherax needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	touch $(READY)

demo: $(READY)
	$(BIN)/fisherax fit nile --family lognormal --report fisherax-report.html
	@echo "Open fisherax-report.html in a browser."

test: check unit docs

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright

unit: $(READY)
	$(BIN)/pytest -n 2 --dist worksteal

docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir .site

bench: $(READY)
	$(BIN)/python -m benchmarks

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv .site .pytest_cache .ruff_cache
