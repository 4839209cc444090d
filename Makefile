# The few commands we use. `make demo` and `make test` set up what they need by themselves.

PYTHON ?= python3.11
BIN := .venv/bin
# Tests wait for processes and sockets, so more than one a core; each worker has to load all tests.
WORKERS = $(shell $(BIN)/python -c "import os; print((os.cpu_count() or 2) * 3 // 2)")
BENCHMARKS := $(filter-out recorded former,$(basename $(notdir $(wildcard benchmarks/*.py))))
# A checkout's environment must not depend on what the caller's shell has in PYTHONPATH.
unexport PYTHONPATH
# The tests start hundreds of processes; without compiled files each would compile all anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo run test test-long cover check format bench dist dist-check lock clean

demo: .venv/.ready  ## a week of the whole job, offline, in ./demo
	$(BIN)/listkeeper demo --dir demo

run: .venv/.ready  ## today's run on the configured lists
	$(BIN)/listkeeper run

test: .venv/.ready-dev  ## the tests, on all cores, but for the long stories
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder -m "not long"

test-long: .venv/.ready-dev  ## the long stories: a forge's weeks, the browser, years of faults, kills at every step
	$(BIN)/python -m pytest -n auto --dist loadscope --no-loadscope-reorder -m long

cover: .venv/.ready-dev  ## the same, half as fast, with what the tests reach
	$(BIN)/python -m pytest -n auto --dist loadscope --no-loadscope-reorder --cov --cov-report=term:skip-covered --cov-fail-under=90

check: .venv/.ready-dev  ## format, lint, types, import direction
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/.ready-dev  ## the benchmarks, one after the other: some twenty minutes
	@for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python -m benchmarks.$$name || exit 1; done

dist: .venv/.ready  ## the wheel and the source archive; on a tag of another version it refuses
	rm -rf dist
	$(BIN)/python -m hatchling build --clean
	@for tag in $$(git tag --points-at HEAD "v[0-9]*" 2>/dev/null); do ls dist/listkeeper-$${tag#v}-*.whl >/dev/null || exit 1; done

dist-check: dist  ## the wheel in an environment of its own, started from / with an empty home
	rm -rf .venv-dist
	$(PYTHON) -m venv .venv-dist && du -sm .venv-dist/lib | cut -f1 >.venv-dist/empty
	sed -nE 's/^([a-z0-9._-]+)(\[[a-z,]+\])?(==[^\\]+).*/\1\3/p' requirements.txt >.venv-dist/constraints
	.venv-dist/bin/python -m pip install --quiet --no-compile --disable-pip-version-check --constraint .venv-dist/constraints dist/*.whl
	home=$$(mktemp -d) && keep="env -i HOME=$$home PATH=/usr/bin:/bin $$PWD/.venv-dist/bin/listkeeper" && cd / \
	  && $$keep --version && $$keep demo --dir $$home/week && cd $$home/week && $$keep status && $$keep rules eval >$$home/eval \
	  && $$keep list check && $$keep export feeds $$home/feeds && { timeout --preserve-status -s INT 20 $$keep review --no-browser; test $$? -eq 130; } && rm -r $$home
	@echo "the largest, with what these commands compiled:"
	@du -sm .venv-dist/lib/python*/site-packages/* | sort -rn | head -12
	@size=$$(($$(du -sm .venv-dist/lib | cut -f1) - $$(cat .venv-dist/empty))) \
	  && echo "$$size MB installed and used, everything counted (at most 480)" && test $$size -le 480
	rm -rf .venv-dist

# The driver of PostgreSQL is in the lock of the package, because the image of the Containerfile has it.
# The extras stay in the lock: pip takes the newest release of a package asked for with an extra
# where only the package itself is pinned, and then misses its hash.
lock: .venv/.ready-dev  ## resolve the dependencies anew
	$(BIN)/uv pip compile pyproject.toml --extra build --extra postgres --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-strip-extras --quiet -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --extra build --extra charts --extra publish --extra postgres --extra scale --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-strip-extras --quiet -o requirements-dev.txt

clean:
	rm -rf .venv .venv-dist demo dist .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/.ready: requirements.txt pyproject.toml
	@echo "Installing into .venv, once: one to four minutes, 430 MB; pip prints nothing meanwhile."
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
# Where a shell forbids compiled files, every start would compile our modules anew.
	$(BIN)/python -m compileall -q -j 0 listkeeper.py config catalog crawler pipelines output cli sandbox
	touch $@

.venv/.ready-dev: .venv/.ready requirements-dev.txt
	@echo "Installing what tests and checks need, once: one to four minutes, 500 MB more."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@
