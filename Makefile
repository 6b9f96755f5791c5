# make serve, make test and make lint each do all the set-up they need, once: see README.rst.
# Another interpreter:  make test PYTHON=python3.13 VENV=.venv-3.13

PYTHON ?= python3
VENV ?= .venv
AWSCLI = .venv-awscli
JAVASCRIPT = tests/sdks/js
JOBS ?= auto
PYTEST_ARGS ?=
QUIETLY = --quiet --disable-pip-version-check
PIP = $(VENV)/bin/python -m pip install $(QUIETLY)
# not compiled (pip reads 0 as that): most modules are never imported, and the others compile then
export PIP_NO_COMPILE = 0
# what pyproject.toml builds with, as new as Pyramid bears
BUILD = 'setuptools>=77,<82'

BENCH_ARGS ?=
SITE ?= build/site

.PHONY: bench console screenshots recording serve test scenarios clients coverage coverage-core test-rest lint format docs dist release clean torture cluster failover test-storage
.DELETE_ON_ERROR:

# New versions of setuptools and pip warn of Pyramid's imports and of each editable installation; users
# of a clone need neither warning.
serve: export PYTHONWARNINGS = ignore:pkg_resources is deprecated as an API:UserWarning,ignore:Editable installation
serve: $(VENV)/serve.stamp
	$(VENV)/bin/ddbmock serve --ini development.ini

test: $(VENV)/test.stamp
	$(VENV)/bin/python -m pytest -n $(JOBS) $(PYTEST_ARGS)

# What the chosen behaviour tests send, and the answers in each wording, for ddbmock verify.
scenarios: $(VENV)/test.stamp
	$(VENV)/bin/python -m pytest -q tests/behaviour/v20120810 -k memory-router --record-scenarios

# The AWS CLI and the JavaScript SDK; without them, their tests skip. The CLI has an environment of
# its own, for it and aiobotocore each want one certain version of botocore.
clients: $(AWSCLI)/bin/aws $(JAVASCRIPT)/node_modules

# Branch coverage of all processes that the tests start; it fails below the figure in pyproject.toml.
# Left out are tests that trace code, or that limit its time or imports, as a tracer spoils them, and
# tests of other programs. CONTRIBUTING.rst says how to read it.
UNTRACED = tests/robustness/test_interrupts.py tests/robustness/test_laden.py \
	tests/robustness/test_forks.py::test_children_of_a_busy_parent_do_not_hang \
	tests/storage/test_open.py::test_drivers_are_imported_only_when_asked_for \
	tests/verify/test_verify.py::test_an_interrupted_run_deletes_its_tables \
	tests/test_bench.py tests/test_site.py tests/test_english.py \
	tests/cluster tests/deployment tests/packaging tests/sdks

# combine fails for the unfinished data of a process that a test has killed, and reads the rest
coverage: $(VENV)/test.stamp
	$(VENV)/bin/python -m coverage erase
	$(VENV)/bin/python -m coverage run -m pytest -n $(JOBS) --timeout 1200 $(UNTRACED:%=--deselect=%) $(PYTEST_ARGS)
	-$(VENV)/bin/python -m coverage combine --quiet
	$(VENV)/bin/python -m coverage report

# Branch coverage of the packages that answer requests, by tests of theirs. CI runs these two targets in
# place of make test on one Python. Tracing takes about 45 seconds of two cores, and the report fails
# below CORE_COVERAGE. CONTRIBUTING.rst names the lines that are not covered.
CORE = authorization database expressions fault_injection operations partiql policies service shapes \
	table_sources values
CORE_TESTS = $(CORE:%=ddbmock/%) tests/authorization tests/behaviour tests/database tests/expressions \
	tests/fault_injection tests/global_tables tests/golden tests/partiql tests/policies tests/service \
	tests/table_sources tests/test_errors.py tests/test_shapes.py tests/test_model.py \
	tests/test_settings.py tests/clients/test_history.py tests/clients/test_mistakes.py \
	tests/clients/test_statements.py tests/robustness/test_damaged_records.py \
	tests/server/test_control.py tests/server/test_control_replication.py \
	tests/shortcuts/test_page_cost.py tests/triggers/test_kinesis.py tests/triggers/test_shard_hooks.py
CORE_COVERAGE = 97
comma = ,
empty =
space = $(empty) $(empty)

coverage-core: $(VENV)/test.stamp
	$(VENV)/bin/python -m coverage erase
	$(VENV)/bin/python -m coverage run -m pytest -n $(JOBS) -m 'not slow' $(CORE_TESTS) $(PYTEST_ARGS)
	-$(VENV)/bin/python -m coverage combine --quiet
	$(VENV)/bin/python -m coverage report --fail-under=$(CORE_COVERAGE) \
		--include='$(subst $(space),$(comma),$(CORE:%=ddbmock/%/*))'

# The tests that coverage-core leaves out.
test-rest: $(VENV)/test.stamp
	$(VENV)/bin/python -m pytest -n $(JOBS) -m 'not slow' $(CORE_TESTS:%=--ignore=%) $(PYTEST_ARGS)

# Hostile requests, interrupts, forks, kills and damage, for half an hour; a table at the end.
torture: $(VENV)/test.stamp
	$(VENV)/bin/python -m tests.robustness.torture

# A PostgreSQL cluster with three servers on it, in network namespaces; twenty failovers of it.
# They need root and Debian's packages postgresql, patroni, etcd-server and iproute2. SERVERS is waitress,
# asyncio or both.
SERVERS = waitress
cluster: $(VENV)/test.stamp
	$(VENV)/bin/python -m tests.cluster $(SERVERS)

failover: $(VENV)/test.stamp
	$(VENV)/bin/python -m tests.cluster.failover --servers $(SERVERS)

# The suite for storage engines against a database of yours: make test-storage URL=postgresql://...
test-storage: $(VENV)/test.stamp
	DDBMOCK_TEST_STORAGE='$(URL)' $(VENV)/bin/python -m pytest tests/storage/test_own_database.py

lint: $(VENV)/lint.stamp
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/hadolint Dockerfile
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml

format: $(VENV)/lint.stamp
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

# The documentation as a site; SITE/index.html is its first page. Warnings are errors.
docs: $(VENV)/docs.stamp
	$(VENV)/bin/python -m docs.generate
	$(VENV)/bin/python -m docs.pictures
	$(VENV)/bin/python -m sphinx -q -W --keep-going -d build/doctrees docs $(SITE)
	@echo "the documentation is in $(SITE)/index.html"

# The wheel and the source distribution, in dist/.
dist: $(VENV)/dist.stamp
	rm -rf build dist
	$(VENV)/bin/python -m build --outdir dist .
	$(VENV)/bin/twine check --strict dist/*

# Uploads them to PyPI, for those who hold the name; twine asks for the token.
release: dist
	$(VENV)/bin/twine upload dist/*

clean:
	rm -rf $(VENV) .venv-* build dist *.egg-info htmlcov .coverage .coverage.*
	rm -rf $(JAVASCRIPT)/node_modules console/node_modules .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The interpreter's own pip installs a new one: venv's way, which compiles pip, takes longer than all
# that serving needs. Where there is no pip, or one older than 22.3, it is venv's way.
$(VENV)/bin/python:
	$(PYTHON) -m venv --without-pip $(VENV)
	$(PYTHON) -m pip --python $@ install $(QUIETLY) pip $(BUILD) 2>/dev/null \
		|| { $(PYTHON) -m venv $(VENV) && $(PIP) $(BUILD); }

$(VENV)/serve.stamp: setup.py pyproject.toml | $(VENV)/bin/python
	$(PIP) --no-build-isolation --editable '.[server,cli,yaml]'
	touch $@

$(VENV)/test.stamp: setup.py pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[test]'
	touch $@ $(VENV)/serve.stamp

$(VENV)/lint.stamp: setup.py pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[dev]'
	touch $@ $(VENV)/test.stamp $(VENV)/docs.stamp $(VENV)/serve.stamp

$(VENV)/docs.stamp: setup.py pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[docs]'
	touch $@

$(VENV)/dist.stamp: setup.py pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[dist]'
	touch $@

$(AWSCLI)/bin/aws:
	$(PYTHON) -m venv $(AWSCLI)
	$(AWSCLI)/bin/python -m pip install --quiet --disable-pip-version-check awscli

# The console's scripts and styles, from console/ into the package; they are committed.
console: console/node_modules
	cd console && npm run --silent check && npm run --silent build

# The console's pictures in the documentation; needs Chromium and ChromeDriver.
screenshots: $(VENV)/test.stamp
	$(VENV)/bin/python -m docs.screenshots

# The recording of a terminal in the documentation.
recording: $(VENV)/lint.stamp
	$(VENV)/bin/python -m docs.recording

console/node_modules: console/package.json console/package-lock.json
	cd console && npm ci --silent
	touch $@

$(JAVASCRIPT)/node_modules: $(JAVASCRIPT)/package.json $(JAVASCRIPT)/package-lock.json
	cd $(JAVASCRIPT) && npm ci --silent
	touch $@

# moto from PyPI, dynalite and Dynoxide from npm; without npm those two are left out.
bench: $(VENV)/bench.stamp
	$(VENV)/bin/python -m bench $(BENCH_ARGS)

$(VENV)/bench.stamp: setup.py bench/package.json | $(VENV)/bin/python
	$(PIP) --editable '.[test,bench]'
	-command -v npm >/dev/null && cd bench && npm install --silent --no-audit --no-fund --no-package-lock
	touch $@
