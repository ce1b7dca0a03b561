# Everything that is done to this project, by name; `make` alone lists it.
# A fresh machine needs Python 3.11 or newer, make and git; the tests also need Debian's apt-get.

PYTHON ?= python3
WORKERS ?= 2

# What the tests take from Debian: a real browser and a real database server.
# Elsewhere, install both by other means and say `make test DEBIAN=`.
DEBIAN ?= chromium-headless-shell postgresql

VENV := .venv
BIN := $(VENV)/bin

# The environment is ready when a stamp of this content, made in this folder, lies in it.
content = $(shell cat pyproject.toml $(1) | cksum | cut -d' ' -f1)
READY := $(VENV)/ready-$(call content,requirements.txt)
READY_DEV := $(VENV)/ready-dev-$(call content,requirements.txt requirements-dev.txt)

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test lint types format migrate bench bench-long lock clean debian

help: ## this list
	@echo "The Track A alignment tracker. Two commands do everything: make run, make test."
	@echo
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20
	@echo
	@echo "  PORT=8000                          where make run serves"
	@echo "  ALIGNMENT_DATABASE_URL=sqlite:///…  where the register is kept"

run: $(READY) ## set up and serve on http://127.0.0.1:8000 with an SQLite file
	@exec $(BIN)/alignment serve

test: debian $(READY_DEV) lint types ## set up, then every check and every test, browser and PostgreSQL included
	$(BIN)/alignment check
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --gates

lint: $(READY_DEV) ## style, formatting, who may import whom, templates
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --lint --quiet --allow-empty-input templates

types: $(READY_DEV) ## strict types of the whole package
	$(BIN)/mypy

format: $(READY_DEV) ## put the style right, as far as a program can
	$(BIN)/ruff check --quiet --fix-only .
	$(BIN)/ruff format --quiet .

migrate: $(READY) ## bring the database to the newest tables
	$(BIN)/alignment migrate

bench: $(READY_DEV) ## speed against limits measured in the same run, in under three minutes
	$(BIN)/python -m tests.bench

bench-long: $(READY_DEV) ## how speed and size grow, up to 10,000 programmes
	$(BIN)/python -m tests.bench --long

# --universal: one file for every system and Python. A slash would be a host or a path: there is none.
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)

lock: $(BIN)/uv ## pin the requirements with hashes; UPGRADE=--upgrade takes newer ones
	$(LOCK) pyproject.toml --output-file requirements.txt
	$(LOCK) pyproject.toml --group dev --constraints requirements.txt --output-file requirements-dev.txt
	@! grep -n / requirements.txt requirements-dev.txt

clean: ## remove what was built or installed here; a database is kept
	rm -rf $(VENV) build dist test-results .coverage* .*_cache .hypothesis
	find alignment tests -name __pycache__ -prune -exec rm -rf {} +

# --- the environment ---------------------------------------------------------------------------

# An environment that was made in another folder, or by other means, is made anew: its scripts
# carry the path of the folder they were made in.
ifeq ($(shell grep -sF 'venv $(CURDIR)/$(VENV)' $(VENV)/pyvenv.cfg || grep -sF 'venv --clear $(CURDIR)/$(VENV)' $(VENV)/pyvenv.cfg),)
.PHONY: $(BIN)/python
endif

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed and $(PYTHON) is none: name one, as in make run PYTHON=python3.12" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(call install,python3-venv)
	@[ ! -L $(VENV) ] || rm $(VENV)  # a link to the environment of another folder: what lies there stays whole
	$(PYTHON) -m venv --clear $(VENV)

# The installer is itself pinned: its lines of requirements-dev.txt carry its hashes.
$(BIN)/uv: $(BIN)/python
	@sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.txt > $(VENV)/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(VENV)/uv.txt
	@touch $@

INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python

$(READY): $(BIN)/uv
	$(INSTALL) --compile-bytecode --require-hashes -r requirements.txt
	$(INSTALL) --no-deps --build-constraints requirements-dev.txt --editable .
	@$(BIN)/python -m compileall -q alignment
	@find $(VENV) -maxdepth 1 -name 'ready-*' ! -name 'ready-dev-*' -delete && touch $@

$(READY_DEV): $(READY)
	$(INSTALL) --compile-bytecode --require-hashes -r requirements-dev.txt
	@find $(VENV) -maxdepth 1 -name 'ready-dev-*' -delete && touch $@

debian:
	@$(call install,$(DEBIAN))

# $(call install,PACKAGES) installs those Debian packages that are missing, or says why it cannot.
define install
( missing=; \
for each in $(1); do \
	dpkg-query --show --showformat='$${Status}\n' "$$each" 2>/dev/null | grep -q ' ok installed$$' \
		|| missing="$$missing $$each"; \
done; \
if [ -z "$$missing" ]; then exit 0; fi; \
if ! command -v apt-get >/dev/null; then \
	echo "Not found here:$$missing (as Debian names them), and there is no apt-get: install them by other means." >&2; \
	exit 1; \
fi; \
root=; \
if [ "$$(id -u)" -ne 0 ]; then \
	if ! command -v sudo >/dev/null; then \
		echo "Debian packages are missing and this user may not install them. As root: apt-get install$$missing" >&2; \
		exit 1; \
	fi; \
	root=sudo; \
fi; \
echo "Installing from Debian:$$missing"; \
$$root apt-get -qq -o DPkg::Lock::Timeout=120 update </dev/null \
&& $$root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 \
	install --yes --no-install-recommends $$missing </dev/null \
|| { echo "apt-get could not install$$missing: its own message is above." >&2; exit 1; } )
endef
