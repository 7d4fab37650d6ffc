# Every command of the project. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
PYTHON := $(VENV)/bin/python
LOCAL = PYTHONPATH=tools/local $(PYTHON) -m centops_local
# Added to every port of `make up`.
OFFSET ?= 0
# Of `make token`.
ROLE ?= admin
INSTITUTION ?=
# Of `make latency`.
TRIALS ?= 100
# Of `make canary`.
LINES ?= 100000
# Of `make fuzz`.
REQUESTS ?= 2000
# Of `make bench`: parts to measure, by commas; without, all of them.
ONLY ?=
# Of `make histories`.
COUNT ?= 1000000
# Of `make bench`, `make histories`, `make canary` and `make fuzz`.
SEED ?= 1
# Of `make deny`: `optional` lets it pass, and says so, where the database of advisories cannot be had.
ADVISORIES ?= required
CARGO_DENY_VERSION := 0.20.2
CARGO_DENY := .tools/cargo-deny-$(CARGO_DENY_VERSION)/bin/cargo-deny
FUNCTIONS := $(notdir $(patsubst %/,%,$(wildcard functions/*/)))

# $(call phase,title,command): says what runs and how long it took; a failure stops everything.
define phase
@printf '\n== %s\n' '$(1)'; began=$$SECONDS; $(2); printf '== %s: passed in %d s\n' '$(1)' $$((SECONDS - began))
endef

.NOTPARALLEL:
.PHONY: up down token build test test-rust test-stack lint bench bench-core histories mutants detector latency canary fuzz models deny help rust-tools

up: $(VENV)/installed build ## Bring the whole system up on this machine and show its main job
	@$(LOCAL) up --offset $(OFFSET)

down: $(VENV)/installed ## Stop what `make up` started, and clean
	@$(LOCAL) down

token: $(VENV)/installed ## Print a token for the Admin API of the running stack (ROLE=viewer INSTITUTION=tax-board)
	@$(LOCAL) token --role $(ROLE) $(addprefix --institution ,$(INSTITUTION))

build: rust-tools ## Build every function (target/lambda/<function>/bootstrap), the mutual-TLS edge and the DMR
	cargo build --release $(addprefix --package ,$(FUNCTIONS))
	cargo build --package centops-edge --package centops-dmr
	@for function in $(FUNCTIONS); do \
		install -D target/release/$$function target/lambda/$$function/bootstrap; \
	done

test: test-rust test-stack lint ## Run every test, then the linters; stops at the first failure

test-rust: rust-tools
	$(call phase,Rust tests,cargo test --workspace --quiet)

test-stack: $(VENV)/installed rust-tools
	$(call phase,Release build,$(MAKE) --no-print-directory build)
	$(call phase,End-to-end tests on the deployed stack,$(PYTHON) -m pytest tests)

lint: $(VENV)/installed rust-tools ## Check formatting, lints, the template, the declared callers and the dependencies
	$(call phase,cargo fmt,cargo fmt --all --check)
	$(call phase,cargo clippy,cargo clippy --workspace --all-targets --quiet -- -D warnings)
	$(call phase,declared callers,PYTHONPATH=tools/local $(PYTHON) -m centops_local.declared)
	$(call phase,cfn-lint,$(VENV)/bin/cfn-lint template.yaml)
	$(call phase,sam validate,SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-north-1 $(VENV)/bin/sam validate --lint --template template.yaml)
	$(call phase,request models,PYTHONPATH=tools/local $(PYTHON) -m centops_local.models --check)
	$(call phase,cargo deny,$(MAKE) --no-print-directory deny ADVISORIES=optional)

models: $(VENV)/installed ## Write the request models of template.yaml from openapi.yaml
	@PYTHONPATH=tools/local $(PYTHON) -m centops_local.models

deny: $(CARGO_DENY) ## Check the dependencies: licences, sources, duplicates, advisories (ADVISORIES=optional)
	@$(CARGO_DENY) --locked check licenses sources bans
	@.ci/advisories $(CARGO_DENY) $(ADVISORIES)

bench: build ## Measure the functions as Lambda runs them, etcd beside them (ONLY=polls,scale); fails when a bar is missed
	cargo build --release --package centops-bench-empty
	cargo run --profile fast --package centops-bench -- $(addprefix --only ,$(ONLY)) --seed $(SEED)

bench-core: rust-tools ## Measure how many observations the pure core folds a second; fails below 500,000
	cargo bench --profile fast --package centops-model --bench fold

histories: rust-tools ## Compare the health engine with its model over COUNT random histories of SEED, on all cores
	cargo run --profile fast --package centops-model --bin histories -- --count $(COUNT) --seed $(SEED)

mutants: rust-tools ## Plant one known bug after the other in a scratch copy; fails when the tests miss one
	python3 tools/model/mutants.py

detector: rust-tools ## Work out and simulate the fast detector's figures; fails when a bar is missed
	cargo run --profile fast --package centops-model --bin detector

latency: $(VENV)/installed build ## Measure on the local stack how soon a failing chatbot is out of routing (TRIALS=100)
	@$(LOCAL) latency --trials $(TRIALS)

canary: $(VENV)/installed build ## Look everywhere for the personal data of LINES log lines; fails when one piece is found
	@$(LOCAL) canary --lines $(LINES) --seed $(SEED)

fuzz: $(VENV)/installed build ## Ask the Admin API at least REQUESTS random things by its contract; fails when an answer breaks it
	@$(LOCAL) fuzz --requests $(REQUESTS) --seed $(SEED)

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Pinned, in the checkout. It compiles for two to three minutes on two cores.
$(CARGO_DENY): | rust-tools
	cargo install cargo-deny --quiet --locked --version $(CARGO_DENY_VERSION) --root .tools/cargo-deny-$(CARGO_DENY_VERSION)

rust-tools:
	@command -v cargo >/dev/null || { echo 'Rust is missing: install it from https://rustup.rs, then run this again.' >&2; exit 1; }

# The Python tools, pinned, in the checkout.
$(VENV)/installed: tools/local/requirements.txt
	@command -v python3 >/dev/null || { echo 'Python is missing: install Python 3.11 or newer (Debian: apt install python3 python3-venv).' >&2; exit 1; }
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; python3 is $$(python3 -V)." >&2; exit 1; }
	@python3 -c 'import venv, ensurepip' 2>/dev/null || { echo 'Python cannot make virtual environments here: install python3-venv (Debian: apt install python3-venv).' >&2; exit 1; }
	@echo 'Installing the Python tools into $(VENV) ...'
	@python3 -m venv --clear $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --requirement tools/local/requirements.txt
	@touch $@
