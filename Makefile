# Landloom. Two commands matter: `make demo` and `make test`; both do all set-up on a bare Debian machine.

PYTHON ?= $(if $(wildcard /usr/bin/python3),/usr/bin/python3,python3)
ROOT_DO = $(if $(filter 0,$(shell id -u)),,sudo)
APT = $(ROOT_DO) env DEBIAN_FRONTEND=noninteractive apt-get
# Tests have an environment of their own, with test tools in it; the user's stays as it is.
TEST_HOME = $(CURDIR)/build/home
TEST_PYTHON = $(TEST_HOME)/environment/bin/python
PROFILE ?= default

.PHONY: help demo demo-patches demo-risk demo-refine demo-quality ablation test test-engine test-qgis test-all test-compat bench lint format install package docs chains screenshots translations lock \
	environment test-environment qgis-packages test-packages clean

help:
	@echo "make demo         set everything up and make a map of a demo scene"
	@echo "make demo-patches the same with image patches and a neural network (downloads PyTorch)"
	@echo "make demo-risk    the same with a segmentation network, ordered classes and a dense CRF"
	@echo "make demo-refine  a refiner of blurred tiles, and what it does to another scene"
	@echo "make demo-quality where a map is likely to be wrong, without a reference"
	@echo "make test         set everything up and run the tests"
	@echo "make install      link the plugin into a QGIS profile (PROFILE=default)"
	@echo "make environment  set up Landloom's Python environment alone"
	@echo "make bench        speed and memory, side by side with the alternatives"
	@echo "make ablation     what each part of the segmentation gives (half an hour)"
	@echo "make test-all     the slow tests too          make test-compat  QGIS 3.40 on Debian 13"
	@echo "make lint         style and types             make package      the zip for the plugin repository"
	@echo "make screenshots  the pictures of the docs    make translations collect texts, compile translations"

demo: qgis-packages environment
	$(PYTHON) scripts/demo.py

demo-patches: qgis-packages
	$(PYTHON) -m plugin.environment install --layer deep
	$(PYTHON) scripts/demo_patches.py

demo-risk: qgis-packages
	@dpkg -s g++ python3-dev >/dev/null 2>&1 || \
		{ $(APT) update -q && $(APT) install -y -q --no-install-recommends g++ python3-dev; }
	$(PYTHON) -m plugin.environment install --layer deep --layer crf
	$(PYTHON) scripts/demo_risk.py

demo-refine demo-quality: qgis-packages
	$(PYTHON) -m plugin.environment install --layer deep
	$(PYTHON) scripts/$(subst -,_,$@).py

test: lint test-engine test-qgis

test-engine: test-packages test-environment
	$(TEST_PYTHON) -m pytest tests/engine -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(PYTEST)

# The QGIS tests run in QGIS's Python, the desktop tests in windows on virtual screens of their own.
test-qgis: test-packages test-environment
	LANDLOOM_HOME=$(TEST_HOME) $(PYTHON) -m pytest tests/qgis tests/desktop -n 2 --dist loadfile $(PYTEST)

test-all: test-packages test-environment
	LANDLOOM_ALL_TESTS=1 $(MAKE) test

test-compat: test-packages
	$(ROOT_DO) sh scripts/test_compat.sh $(RELEASE)

bench: test-packages test-environment
	$(TEST_PYTHON) tests/bench/run.py

ablation: test-environment
	$(TEST_PYTHON) scripts/ablation.py

lint: test-environment
	$(TEST_PYTHON) -m ruff check .
	$(TEST_PYTHON) -m ruff format --check .
	$(TEST_PYTHON) -m mypy

format: test-environment
	$(TEST_PYTHON) -m ruff check --fix .
	$(TEST_PYTHON) -m ruff format .

environment: qgis-packages
	$(PYTHON) -m plugin.environment install

test-environment: test-packages
	$(PYTHON) -m plugin.environment install --layer dev --layer deep --layer crf --home $(TEST_HOME)

# apt is asked only where something is missing. QGIS's own Processing toolbox needs python3-gdal, which Debian only recommends.
QGIS_PACKAGES = qgis python3-qgis python3-gdal python3-numpy python3-venv
qgis-packages:
	@command -v qgis_process >/dev/null && dpkg -s $(filter-out qgis,$(QGIS_PACKAGES)) >/dev/null 2>&1 || \
		{ $(APT) update -q && $(APT) install -y -q --no-install-recommends $(QGIS_PACKAGES); }

TEST_PACKAGES = python3-pytest python3-pytest-xdist g++ python3-dev xvfb openbox xdotool imagemagick \
	postgresql postgresql-postgis debootstrap
test-packages: qgis-packages
	@dpkg -s $(TEST_PACKAGES) >/dev/null 2>&1 || \
		{ $(APT) update -q && $(APT) install -y -q --no-install-recommends $(TEST_PACKAGES); }

install: environment
	$(PYTHON) scripts/install.py $(PROFILE)

package:
	$(PYTHON) scripts/package.py

docs: test-environment
	$(TEST_PYTHON) -m landloom.reference_docs

# The pictures of docs/, taken in a real window.
screenshots: test-packages test-environment
	LANDLOOM_HOME=$(TEST_HOME) $(PYTHON) scripts/screenshots.py

translations: test-environment
	@command -v lrelease >/dev/null || { $(APT) update -q && $(APT) install -y -q --no-install-recommends qttools5-dev-tools; }
	$(TEST_PYTHON) scripts/translations.py update
	$(TEST_PYTHON) scripts/translations.py compile

chains: qgis-packages
	QT_QPA_PLATFORM=offscreen QT_HASH_SEED=0 $(PYTHON) scripts/make_chains.py

lock:
	requirements/lock.sh

clean:
	rm -rf build dist
