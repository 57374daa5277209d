# Everything there is to do here. Finds uv, or installs it into .cache with pip.
UV := $(or $(shell command -v uv),.cache/uv/bin/uv)
READY := $(or $(UV_PROJECT_ENVIRONMENT),.venv)/compiled
export NBCONVERT_DISABLE_CONFIG_EXPORTERS = 1 # of which it would make one each when it is imported
export NO_MKDOCS_2_WARNING = 1
export PYTHONDONTWRITEBYTECODE = # which containers like to set, and which makes every start take twice as long

EVERY_PAGE := tests/test_browser_pages.py

.PHONY: serve build test slow bench pages data publish
.DEFAULT_GOAL := serve

serve: $(READY) ## both languages at 127.0.0.1:8000, rebuilt as you write
	$(UV) run mkdocs serve

build: $(READY) ## site/
	$(UV) run mkdocs build --strict

test: $(READY) ## the tests, on pages built from the stand-in pictures
	$(UV) run pytest --numprocesses 2 --dist loadfile

slow: $(READY) ## the tests that take longer: training on the stand-in, kills and faults, a browser at every page
	$(UV) run pytest -m slow --ignore=$(EVERY_PAGE)
	$(UV) run pytest -m slow --numprocesses 2 --dist worksteal $(EVERY_PAGE)

bench: $(READY) ## how long an author waits and what a page weighs, beside stock tools; OF="prose unchanged" for some of it
	$(UV) run python tests/bench.py $(OF)

pages: $(READY) ## every page as a script of its own, on the PICTURES that you ask for, few by default
	$(UV) run pytest -m slow tests/test_scripts.py

data: $(READY) ## the real CIFAR-10 into Keras's own cache
	$(UV) run python -m engine data

publish: build ## site/ to the branch gh-pages; refuses the stand-in
	$(UV) run python -m engine publish

$(READY): uv.lock | $(UV)
	$(UV) sync --quiet --compile-bytecode
	$(UV) run --no-sync python -m compileall -q docs/engine
	@touch $@

.cache/uv/bin/uv:
	python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .cache/uv uv
