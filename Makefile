# Everything there is to do here. Finds uv, or installs it into .cache with pip.
UV := $(or $(shell command -v uv),.cache/uv/bin/uv)
READY := $(or $(UV_PROJECT_ENVIRONMENT),.venv)/compiled
export NBCONVERT_DISABLE_CONFIG_EXPORTERS = 1 # importing it would make one each
export NO_MKDOCS_2_WARNING = 1
export PYTHONDONTWRITEBYTECODE = # containers like to set it, and every start takes twice as long

.PHONY: serve build test slow results verify bench data
.DEFAULT_GOAL := serve

serve: $(READY) ## both languages at 127.0.0.1:8000, rebuilt as you write
	$(UV) run mkdocs serve

build: $(READY) ## site/
	$(UV) run mkdocs build --strict

test: $(READY) ## the quick tests, the pages' own code among them
	$(UV) run pytest --numprocesses 2 --dist loadfile

slow: $(READY) ## the tests that take longer: a browser on every page, kills, examples afresh
	$(UV) run pytest -m slow --numprocesses 2 --dist loadfile

results: $(READY) ## run what has changed on all the real images, into docs/results
	$(UV) run python -m engine results

verify: $(READY) ## run every example afresh, and compare value by value with docs/results
	$(UV) run python -m engine verify

bench: $(READY) ## how long an author waits and what a page weighs, as ratios to stock Material
	$(UV) run python tests/bench.py $(OF)

data: $(READY) ## the real CIFAR-10 into Keras's own cache
	$(UV) run python -m engine data

$(READY): uv.lock | $(UV)
	$(UV) sync --quiet --compile-bytecode
	$(UV) run --no-sync python -m compileall -q docs/engine
	@touch $@

.cache/uv/bin/uv:
	python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .cache/uv uv
