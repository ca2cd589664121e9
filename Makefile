# Needs git, make and Python 3.11 or newer. Everything is installed into .venv, from requirements.lock.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check lock clean

# A stamp keeps the second call quick; a changed lock or project file makes it run again.
STAMP := .venv/.set-up

help:
	@echo 'make setup   a virtual environment in .venv, from the lock file'
	@echo 'make demo    the whole workflow on a real table: train, deploy, predict, monitor, stop'
	@echo 'make test    the tests'
	@echo 'make check   everything that a change must pass'
	@echo 'make lock    resolve the dependencies again (needs uv)'
	@echo 'make clean   remove what make and the tools made'

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml scripts/setup
	@PYTHON='$(PYTHON)' scripts/setup
	@touch $@

demo: $(STAMP)
	@.venv/bin/python scripts/demo

test: $(STAMP)
	@scripts/tests

check: $(STAMP)
	@scripts/check

lock:
	@scripts/lock

clean:
	rm -rf .venv build dist htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
