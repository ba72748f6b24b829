# make run         the five notebooks, from faces to submission.tgz     RECIPE DATA MINUTES WORKSPACE SEED CASCADE
# make install     set up .venv, and nothing else     PYTHON
# make test        lint, unit tests and notebooks, within 10 minutes on two cores
# make test-all    the same, with many more kill points and bad inputs, and the notebooks in a browser
# make test-stock  the tests with a stock image's versions of PyTorch and others     LIST
# make bench       how fast the kit trains on this machine, beside homework 6's own loop     DATA
# make same        check, hash by hash, that this checkout computes what commit BASE does     BASE CASCADE
# make weights     train again the networks that ship with the kit, over an hour     DATA CASCADE
# make docs        the book, into build/docs; any warning is an error, and so is a link to a page that is not there
# make links       the book's links to other sites
# make zip         the kit as one file, to upload somewhere
# make publish     stamp badges and the bootstrap's address for REPO=owner/name
# make notebooks   build the notebooks from notebooks/src and the catalogues, and store the outputs that make test compares
# make translations  bring the catalogues of the translated editions up to date with their sources
PYTHON ?= python3
RECIPE ?= gan_r1_quick
DATA ?= drawn
MINUTES ?= 4
WORKSPACE ?= workspace
SEED ?= 0
CASCADE ?=
REPO ?=
SCREENSHOTS ?= workspace/screenshots
LIST ?=
BASE ?=

BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help docs links install run test test-all test-stock same lint notebooks translations assets weights bench zip publish clean

help:
	@sed -n 's/^# make /make /p' Makefile

install: .venv/installed

.venv/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 10) else "Python 3.10 or newer is needed, this is " + sys.version.split()[0] + "; name another one: make PYTHON=python3.12")'
	@echo "Setting up .venv, once: 2 to 3 minutes, about 7 GB, most of it PyTorch"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python tools/install.py --editable .
	@touch $@

# What `make test` and `make docs` need beyond that.
.venv/installed-%: .venv/installed
	@$(BIN)/python tools/install.py --editable '.[$*]'
	@touch $@

run: install
	@$(BIN)/python -m gan_hw run --recipe '$(RECIPE)' --data '$(DATA)' --minutes '$(MINUTES)' \
	  --workspace '$(WORKSPACE)' --seed '$(SEED)' $(if $(CASCADE),--cascade '$(CASCADE)')

lint: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tools/translations.py check

# One worker per core, at most 4, each on one thread. A file's tests stay on one worker, as a notebook's cells must.
# The second call runs every notebook in its own folder and compares its outputs; the chain of five is in tests/workflow.
WORKERS := -n logical --maxprocesses 4 --dist loadfile

test: export OMP_NUM_THREADS = 1
test: lint
	$(BIN)/python -m pytest $(WORKERS) --durations=10
	PYTHONPATH=tests $(BIN)/python -m pytest $(WORKERS) -p notebook_workspace --nbval-lax --durations=5 notebooks/*.ipynb notebooks/zh-TW/03_*.ipynb

test-all: export OMP_NUM_THREADS = 1
test-all: test
	PYTHONPATH=tests $(BIN)/python -m pytest $(WORKERS) -p notebook_workspace --nbval-lax $(dir $(wildcard notebooks/*/01_environment.ipynb))
	$(BIN)/python -m pytest -q --hypothesis-profile=all tests/test_bad_input.py
	$(BIN)/python tests/faults.py --points 25
	$(BIN)/python -m pytest -q -m slow
	$(BIN)/python -m pytest -q -m browser --screenshots '$(SCREENSHOTS)'

test-stock:
	$(PYTHON) tools/stock_environment.py '$(LIST)'

SPHINX := $(BIN)/sphinx-build --quiet --conf-dir docs .

docs: .venv/installed-docs
	@rm -rf build/docs
	@$(SPHINX) --builder html --fail-on-warning --keep-going build/docs
	@$(BIN)/python tools/check_links.py build/docs
	@echo "The book: build/docs/index.html"

links: .venv/installed-docs
	@if $(BIN)/python -c 'import socket; socket.create_connection(("github.com", 443), 10)' 2> /dev/null; \
	then $(SPHINX) --builder linkcheck build/links; \
	else echo "Links to other sites: not run, because github.com can't be reached."; fi

# For a change that is meant to change nothing that is computed.
same: install
	$(if $(BASE),,$(error name the commit to compare with: make same BASE=main))
	$(BIN)/python tools/same.py '$(BASE)' $(if $(CASCADE),--cascade '$(CASCADE)')

weights: install
	$(if $(and $(CASCADE),$(filter-out drawn,$(DATA))),,$(error name real faces and the cascade's file: make weights DATA=faces.zip CASCADE=FILE))
	$(BIN)/python tools/weights/make_weights.py --faces '$(DATA)' --cascade '$(CASCADE)'

notebooks: .venv/installed-test
	$(BIN)/python tools/translations.py compile
	$(BIN)/python tools/build_notebooks.py
	$(BIN)/python tools/refresh_notebooks.py
	$(BIN)/python tools/build_notebooks.py

translations: .venv/installed-test
	$(BIN)/python tools/translations.py extract
	$(BIN)/python tools/translations.py compile

assets: install
	$(BIN)/python tools/make_assets.py drawn
	$(BIN)/python tools/make_assets.py architecture

# Speed beside homework 6's own loop, as ratios; nothing here can fail for being slow.
bench: install
	$(BIN)/python tools/benchmarks/bench.py $(if $(filter-out drawn,$(DATA)),--data '$(DATA)')

zip:
	git archive -o gan_course_kit.zip HEAD

publish: install
	$(BIN)/python tools/publish.py '$(REPO)'

clean:
	rm -rf .venv build gan_hw.egg-info
