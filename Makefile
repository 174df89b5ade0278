# The commands people and CI run. Needs Rust (rustup reads rust-toolchain.toml), Python 3.11 or
# newer with venv, and a C compiler; everything else goes into .venv.
#
#   make demo [ARCHIVE=path]   build, verify the demo archives (or yours), show the summaries
#   make test                  all Rust and Python tests; nothing but this tree is needed
#   make check                 format, lints, types, stubs
#   make interop               make the fixture mails anew with every tool; test them
#   make differential          100,000 mutated mails and 10,000 mutated chains, judged by OpenSSL 4 too
#   make faults                kills and faults at every call by which a run changes its directory
#   make test-real             real mail in ../shared; loudly skipped where it is absent
#   make test-large            messages of 1 and 2 GiB: many minutes, and 6 GiB of disk
#   make bench [FULL=1]        benchmarks beside every peer: docs/benchmarks.md, raw rows in benches/runs
#   make bench-stages          criterion: each stage of the core, each kernel of the cryptography
#   make bench-check [UPDATE=1]   instructions of each stage against those kept; needs valgrind
#   make docs                  the reference pages, from the tables and the parser of the code
#   make wheel-test            build a wheel, install it alone in a new environment, try it there
#   make roots [CERTDATA=path] the shipped roots for e-mail, anew from a certdata.txt
#   make fuzz [FUZZ_SECONDS=n | FUZZ_RUNS=n]   every parser against made-up bytes
#   make mutants-rules         break every rule by one line; each must be noticed
#   make mutants [SHARD=0/8] [PART=mail/date.rs] [AGAIN=1]
#                              the mutants of cms, path, verdict and mail, or a shard or part of them;
#                              goes on where it was stopped; AGAIN=1: survivors, after new tests

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
CARGO ?= cargo
ARCHIVE ?=
DEMO := demo
FUZZ_SECONDS ?= 60
SHARD ?=
PART ?=
AGAIN ?=
FUZZ_RUNS ?= 0
FULL ?=
UPDATE ?=
MUTANTS ?= 100000
CHAINS ?= 10000
CHAINS_FROM ?= 700000
PYTEST := $(PY) -m pytest
# A process for each core; the tests of a file stay together, as they share what is costly to make.
PYTEST_ALL := $(PYTEST) -n auto --dist loadfile --no-loadscope-reorder
NATIVE_SOURCES := Cargo.toml Cargo.lock pyproject.toml \
	$(shell find rust/core rust/crypto rust/measure rust/parquet rust/pkcs11 rust/key_bindings rust/bindings -name '*.rs' -o -name 'Cargo.toml' -o -name '*.c')

.PHONY: demo test test-rust test-python check interop differential faults test-real test-large bench bench-stages bench-check docs wheel-test roots fuzz \
	mutants-rules mutants clean help

help:
	@sed -n '/^#   make/s/^#  //p' Makefile

$(VENV)/.made: requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.lock
	touch $@

# The module as users get it: release profile.
$(VENV)/.built: $(VENV)/.made $(NATIVE_SOURCES)
	VIRTUAL_ENV=$(abspath $(VENV)) $(VENV)/bin/maturin develop --release --locked
	touch $@

demo: $(VENV)/.built
ifeq ($(strip $(ARCHIVE)),)
	rm -rf $(DEMO)
	$(PY) -m tests.demo.show $(DEMO)
else
	rm -rf $(DEMO)/archive
	$(VENV)/bin/smimebatch verify $(ARCHIVE) --trust mozilla-email -o $(DEMO)/archive
endif

test: test-rust test-python

test-rust:
	$(CARGO) test --workspace --locked

test-python: $(VENV)/.built
	$(PYTEST_ALL) tests --ignore=tests/real

check: $(VENV)/.built
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	cd /tmp && $(abspath $(PY)) -m mypy.stubtest smimebatch._native

interop: $(VENV)/.built
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	$(PY) tests/interop/generate.py "$$folder/mail" && \
	$(PY) tests/interop/matrix.py "$$folder/interop" && \
	SMIMEBATCH_FIXTURES="$$folder/mail" SMIMEBATCH_INTEROP="$$folder/interop" \
	$(PYTEST_ALL) tests/test_fixtures.py tests/test_interop.py tests/determinism tests/endtoend

# Builds OpenSSL 4.0.3 first, as `interop` does: 5 minutes, once.
differential: $(VENV)/.built
	$(PY) tests/differential/compare.py --count $(MUTANTS) --report tests/differential/README.md
	$(PY) tests/differential/chains/chain_compare.py --seed $(CHAINS_FROM) --count $(CHAINS) \
		--report tests/differential/chains/README.md
	$(PY) tests/differential/chains/chain_compare.py --seed $(CHAINS_FROM) --count $(CHAINS) \
		--report tests/differential/chains/README-openssl-3.md \
		--judge $$(tests/differential/build_judge.sh --chains --system)

# Needs a C compiler; two hours on two cores.
faults: $(VENV)/.built
	$(PY) -m tests.faults.run_faults
	$(PY) -m tests.faults.run_faults --work decrypt
	$(PY) -m tests.faults.run_faults --work reencrypt
	$(PY) -m tests.faults.run_faults --work encrypt --mail mbox
	$(PY) -m tests.faults.run_faults --work rewrap --mail maildir
	$(PY) -m tests.faults.run_faults --work sign --mail eml
	$(PY) -m tests.faults.run_power_cuts

test-real: $(VENV)/.built
	$(PYTEST) tests/real

test-large: $(VENV)/.built
	LARGE_MESSAGES=1 $(PYTEST) -s tests/large/test_two_gib.py tests/large/test_one_gib.py

bench: $(VENV)/.built
	$(PY) benches/run.py $(if $(FULL),--full)

bench-stages:
	$(CARGO) bench --locked -p smimebatch-crypto --bench jobs
	$(CARGO) bench --locked -p smimebatch-core --bench stages

bench-check: $(VENV)/.built
	$(PY) benches/counts.py $(if $(UPDATE),--update)

docs: $(VENV)/.built
	$(PY) -m docs.make_reference .

wheel-test: $(VENV)/.made
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	$(VENV)/bin/maturin build --release --locked --out "$$folder" \
	  --interpreter $(abspath $(PY)) && \
	$(PYTHON) -m venv "$$folder/env" && \
	"$$folder/env/bin/python" -m pip install --quiet --disable-pip-version-check \
	  "$$folder"/smimebatch-*.whl && \
	"$$folder/env/bin/python" -I tests/wheel/check.py "$$folder"/smimebatch-*.whl tests/data/mail

CERTDATA ?= $(VENV)/certdata.txt
$(VENV)/certdata.txt: tests/data/trust/certdata.txt.xz
	xz -dc $< > $@

roots: $(VENV)/.built $(CERTDATA)
	$(VENV)/bin/smimebatch trust import $(CERTDATA) --overwrite \
	  -o python/smimebatch/trust/mozilla_email.pem

# Needs cargo-fuzz: cargo install cargo-fuzz.
fuzz:
	$(PYTHON) rust/fuzz/campaign.py run --seconds $(FUZZ_SECONDS) --runs $(FUZZ_RUNS)
	$(PYTHON) rust/fuzz/campaign.py report

mutants-rules: $(VENV)/.built
	$(PY) tests/mutants/run_rules.py

# Needs cargo-mutants: cargo install --locked cargo-mutants@27.1.0. Its settings: .cargo/mutants.toml.
# Survivors that are explained stand in tests/mutants/survivors.toml; any other fails.
mutants: $(VENV)/.made
	$(PY) tests/mutants/run_mutants.py $(PART) $(if $(SHARD),--shard $(SHARD)) $(if $(AGAIN),--again)
	$(PY) tests/mutants/check_survivors.py

clean:
	rm -rf $(VENV) $(DEMO) python/smimebatch/_native*.so
