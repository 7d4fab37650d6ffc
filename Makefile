# Every command of the project. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
PYTHON := $(VENV)/bin/python
LOCAL = PYTHONPATH=tools/local $(PYTHON) -m centops_local
BOOTSTRAPS = PYTHONPATH=tools/local $(PYTHON) -m centops_local.bootstraps
CONTRACT = PYTHONPATH=tools/local:tools/contract $(PYTHON) -m centops_contract
# Of `make up` and `make test-stack`: the functions that are deployed, `local` (one binary, unoptimised), `optimised` (one
# binary, as optimised as what is released) or `release`.
PROFILE ?= local
FUNCTIONS = $(if $(filter local,$(PROFILE)),build,$(PROFILE))
# Of `make up`: added to every port.
OFFSET ?= 0
# Of `make token`.
ROLE ?= admin
INSTITUTION ?=
# Of `make check`: the commit that the working tree is compared with.
BASE ?= HEAD
# Of `make operation`.
METHOD ?= get
# Of `make test-stack`: worker processes that run tests at the same time; 0 runs one test after the other. Tests wait more
# than they compute, so there are more of them than processors.
WORKERS ?= 6
# Of `make deploy`: an environment of samconfig.toml.
ENV ?= dev
# Of `make knock`, `make rotate-authority`, and of `make deploy` if it is set: a folder with a client certificate and key of
# each authority.
CLIENTS ?=
# Of `make person`.
SUBJECT ?=
EMAIL ?=
# Further arguments of `sam deploy`, `make move-subscriptions` and `make cost`.
ARGS ?=
# Of `make cost`.
CHATBOTS ?= 500
DMRS ?= 10
# Of the commands for operators: 1 to do what they show, the dead-letter queue, the events, who corrects counts.
APPLY ?=
QUEUE ?=
EVENT ?=
FROM ?=
TO ?=
BY ?=
# Of `make restore`: the table that was restored, the point in time, the highest revision that a DMR has.
COPY ?=
SINCE ?=
SEEN ?=
# Of `make rotate-signing-key`: the Network API, the files of the certificate of a DMR and of its key, 1 not to wait.
NETWORK ?=
CERT ?=
KEY ?=
NOW ?=
# Of `make rotate-authority`: the file of the secret of the new authority.
NEW ?=
OPERATE = PYTHONPATH=tools/local:tools/operate $(PYTHON) -m
# Of `make latency`.
TRIALS ?= 100
# Of `make canary`.
LINES ?= 100000
# Of `make fuzz`.
REQUESTS ?= 2000
# Of `make beside`: the commit of another release.
FORMER ?=
# Of `make bench`: the parts to measure, separated by commas; empty for all. Of `make gameday` and `make load`: the faults.
ONLY ?=
# Of `make histories`, `make causes`, `make actions` and `make fleets`; each has its own default.
COUNT ?=
# Of the tests in a browser: `optional` passes, with a warning, where Chromium is missing.
BROWSER ?= optional
export BROWSER
# Of `make lighthouse` and `make test-screens`.
CONSOLE ?= http://127.0.0.1:8490
MAILS := target/mails
# Of `make bench`, `make histories`, `make causes`, `make actions`, `make fleets`, `make canary` and `make fuzz`.
SEED ?= 1
# Of `make deny`: `optional` passes, with a warning, where the database of advisories cannot be fetched.
ADVISORIES ?= required
CARGO_DENY_VERSION := 0.20.2
CARGO_DENY := .tools/cargo-deny-$(CARGO_DENY_VERSION)/bin/cargo-deny

# $(call phase,title,command): prints the title and the duration; a failure stops everything.
define phase
@printf '\n== %s\n' '$(1)'; began=$$SECONDS; $(2); printf '== %s: passed in %d s\n' '$(1)' $$((SECONDS - began))
endef

.NOTPARALLEL:
.PHONY: up console screenshots down network load reload token build optimised release deploy knock check test test-rust test-mails \
	test-console test-stack test-optimised lint lint-console doc contract cost operation move-subscriptions redrive \
	reannounce recount restore rotate-signing-key rotate-authority deny bench bench-core bench-console beside lighthouse \
	test-screens histories mutants stop-rule rollouts fleets detector causes actions latency canary fuzz gameday drill help rust-tools node-tools \
	console-tools browser-tools person

up: $(VENV)/installed console ## Start the whole system on this machine and run the demo (PROFILE=release OFFSET=1000)
	@$(MAKE) --no-print-directory $(FUNCTIONS)
	@$(LOCAL) up --offset $(OFFSET)

# Everything that the built console is made of.
CONSOLE_SOURCES := openapi.yaml $(wildcard console/*.* console/public/* console/tools/*) $(shell find console/src -type f ! -name schema.d.ts)

console: console/dist/index.html ## Build the web console

screenshots: console browser-tools ## Make the screenshots of the console anew (docs/screenshots)
	@node tests/console/screenshots.mjs

console/dist/index.html: console/node_modules/.package-lock.json $(CONSOLE_SOURCES)
	@cd console && npm run --silent build

down: $(VENV)/installed ## Stop what `make up` started, and remove its data
	@$(LOCAL) down

# The programs of the sample network, of which the agent and the DMR are the real ones.
NETWORK_PROGRAMS := network-bot network-chat network-visitors centops-agent centops-dmr
NETWORK = PYTHONPATH=tools/local:examples/network $(PYTHON) -m sample_network

network: $(VENV)/installed rust-tools ## Start the sample network on the stack of `make up`: three bots, two DMRs, a chat (examples/network)
	@cargo build $(addprefix --package=,$(NETWORK_PROGRAMS))
	@$(NETWORK) start

load: $(VENV)/installed ## Play the plan of faults on the sample network under load; fails when an invariant is broken (ONLY=refuse,partition)
	@$(NETWORK) load $(addprefix --only ,$(ONLY))

reload: $(VENV)/installed rust-tools ## Rebuild the functions and replace the running ones, in seconds
	@$(BOOTSTRAPS) reload

token: $(VENV)/installed ## Print a token for the Admin API of the running stack (ROLE=viewer INSTITUTION=tax-board)
	@$(LOCAL) token --role $(ROLE) $(addprefix --institution ,$(INSTITUTION))

build: $(VENV)/installed rust-tools ## Build the functions for this machine: one unoptimised binary, the edge and the DMR
	@$(BOOTSTRAPS) local

optimised: $(VENV)/installed rust-tools ## Build the functions for this machine as optimised as what is released, but as one binary
	@$(BOOTSTRAPS) optimised

release: $(VENV)/installed rust-tools ## Build the release bootstraps that changed (target/lambda/<operation>/bootstrap)
	@$(BOOTSTRAPS) release

deploy: $(VENV)/installed console ## Deploy current release bootstraps and the console to AWS (ENV=dev, an environment of samconfig.toml)
	@$(BOOTSTRAPS) deployable $(ENV)
	$(VENV)/bin/sam deploy --config-env $(ENV) $(ARGS)
	@$(OPERATE) centops_operate.protect $(ENV)
	@PYTHONPATH=tools/local $(PYTHON) -m centops_local.console_files $(ENV)
	@[ -z "$(CLIENTS)" ] || $(MAKE) --no-print-directory knock

knock: $(VENV)/installed ## Check that the Network API lets in a client of each authority (ENV=prod CLIENTS=<folder>)
	@$(OPERATE) centops_operate.knock $(ENV) --clients $(CLIENTS)

check: $(VENV)/installed rust-tools ## The inner loop: format, clippy and unit tests of the packages that changed since BASE
	@PYTHONPATH=tools/local $(PYTHON) -m centops_local.check $(BASE)

test: lint test-rust test-mails test-console test-stack ## Run the linters, then every test; stops at the first failure

test-rust: rust-tools
	@# Not a test program for each function: their programs are one line. So this runs no tests of programs and no doc
	@# tests; there are none. A new one belongs into a library or a folder `tests`.
	$(call phase,Rust tests,cargo test --workspace --lib --test '*' --quiet)

test-mails: rust-tools browser-tools ## Check in Chromium that mails are accessible (BROWSER=required)
	$(call phase,Accessibility of mails,cargo build --quiet --workspace --example render_mail && target/debug/examples/render_mail files $(MAILS) && node --test-reporter=spec tests/accessibility/mails.mjs $(MAILS) $(BROWSER))

# The browser tests of the console that need no stack. Those of the stack are part of test-stack.
CONSOLE_TESTS := tests/console/scale.mjs tests/console/questions.mjs

# The browser tests of the sample network, with stubs.
NETWORK_PAGES := tests/accessibility/visitor-page.mjs tests/accessibility/owner-page.mjs

test-console: lint-console console browser-tools ## Check the console: units, sizes, large networks in Chromium; the pages of the sample network (BROWSER=required)
	$(call phase,Units of the console,cd console && npm --silent test)
	$(call phase,Sizes of the console,cd console && node tools/size.mjs)
	$(call phase,Large networks in the console,node --test --test-reporter=spec $(CONSOLE_TESTS))
	$(call phase,Pages of the sample network,node --test --test-reporter=spec $(NETWORK_PAGES))

test-stack: $(VENV)/installed rust-tools console browser-tools
	$(call phase,Functions ($(PROFILE)),$(MAKE) --no-print-directory $(FUNCTIONS))
	$(call phase,End-to-end tests on the deployed stack,$(PYTHON) -m pytest -n $(WORKERS) tests)

test-optimised: $(VENV)/installed rust-tools console browser-tools ## Build the functions as optimised as what is released, run the sample events and the demo on them, visit every screen
	$(call phase,Optimised functions,$(MAKE) --no-print-directory optimised)
	$(call phase,Sample events on optimised functions,$(PYTHON) -m pytest tests/events)
	$(call phase,Demo on optimised functions,$(LOCAL) --instance test up --offset 10000)
	$(call phase,Screens and tasks of the console,$(MAKE) --no-print-directory test-screens CONSOLE=http://127.0.0.1:18490 BROWSER=$(BROWSER))
	@$(LOCAL) --instance test down

lint: $(VENV)/installed rust-tools node-tools lint-console ## Check format, spelling, the contract and what it generates, lints
	$(call phase,cargo fmt,cargo fmt --all --check)
	$(call phase,typos,$(VENV)/bin/typos)
	$(call phase,contract,$(CONTRACT) --check)
	$(call phase,cfn-lint,$(VENV)/bin/cfn-lint template.yaml alarms.yaml)
	$(call phase,sam validate,SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-north-1 $(VENV)/bin/sam validate --lint --template template.yaml)
	$(call phase,import circles,$(PYTHON) tools/lint/import_circles.py)
	$(call phase,patches of mutants,python3 tools/model/mutants.py --check)
	$(call phase,cargo clippy,cargo clippy --workspace --all-targets --quiet -- -D warnings)

doc: rust-tools ## Write the documentation of the crates (target/doc); fails when a link in it leads nowhere
	$(call phase,cargo doc,RUSTDOCFLAGS='-D warnings -A rustdoc::private-intra-doc-links' cargo doc --workspace --lib --example render_mail --no-deps --document-private-items --quiet)

lint-console: console-tools
	$(call phase,types and lints of the console,cd console && npm --silent run check)
	$(call phase,lints of browser tests,cd tests && ../console/node_modules/.bin/biome lint --error-on-warnings)

move-subscriptions: $(VENV)/installed ## Move former subscriptions (STEP=plan ARGS="--admin URL --table NAME --topic ARN"; docs/runbooks/move-subscriptions.md)
	@PYTHONPATH=tools/operate $(PYTHON) -m centops_operate.move_subscriptions $(STEP) $(ARGS)

redrive: $(VENV)/installed ## Show the dead letters of the stack of ENV, or move those of a queue back (QUEUE=codes APPLY=1)
	@$(OPERATE) centops_operate.redrive $(ENV) $(QUEUE) $(if $(filter 1,$(APPLY)),--apply)

reannounce: $(VENV)/installed ## Announce events of the last 48 hours again (FROM=2026-11-26T08:00:00Z TO=… or EVENT=… APPLY=1)
	@$(OPERATE) centops_operate.reannounce $(ENV) $(addprefix --event ,$(EVENT)) $(addprefix --from ,$(FROM)) $(addprefix --to ,$(TO)) \
		$(if $(filter 1,$(APPLY)),--apply)

recount: $(VENV)/installed ## Compare the counts of the network with its chatbots, or correct them (APPLY=1 BY=EE60001019906)
	@$(OPERATE) centops_operate.recount $(ENV) $(addprefix --by ,$(BY)) $(if $(filter 1,$(APPLY)),--apply)

restore: $(VENV)/installed ## Show what the table lost since SINCE and a copy has, or bring it back (COPY=<stack>-restored-1 SINCE=2026-11-27T08:00:00Z APPLY=1 BY=EE60001019906)
	@$(OPERATE) centops_operate.restore $(ENV) --copy $(COPY) --since $(SINCE) $(addprefix --seen ,$(SEEN)) $(addprefix --by ,$(BY)) \
		$(if $(filter 1,$(APPLY)),--apply)

rotate-signing-key: $(VENV)/installed ## Show the next step of rotating the key of the route table, or do it (NETWORK=… CERT=dmr.pem KEY=dmr.key APPLY=1)
	@$(OPERATE) centops_operate.rotate_signing_key $(ENV) $(if $(CERT),--network $(NETWORK) --cert $(CERT) --key $(KEY)) \
		$(if $(filter 1,$(NOW)),--now) $(if $(filter 1,$(APPLY)),--apply)

rotate-authority: $(VENV)/installed ## Show the next step of rotating the authority of client certificates, or do it (NEW=authority.json CLIENTS=<folder> APPLY=1)
	@$(OPERATE) centops_operate.rotate_authority $(ENV) $(addprefix --new ,$(NEW)) $(addprefix --clients ,$(CLIENTS)) \
		$(if $(filter 1,$(APPLY)),--apply)

person: $(VENV)/installed ## Show all that is kept about a person, or end what need not be kept (ENV=prod SUBJECT=EE60001019906 EMAIL=… APPLY=1)
	@$(OPERATE) centops_operate.person $(ENV) $(addprefix --subject ,$(SUBJECT)) \
		$(addprefix --email ,$(EMAIL)) $(if $(filter 1,$(APPLY)),--apply)

contract: $(VENV)/installed node-tools ## Write what is generated from contract/
	@$(CONTRACT)

cost: $(VENV)/installed ## Print what a month of a network costs (CHATBOTS=500 DMRS=10 ARGS="logs=60"; docs/cost.md explains it)
	@$(CONTRACT).cost $(CHATBOTS) $(DMRS) $(ARGS)

operation: $(VENV)/installed node-tools ## Write the skeleton of a new operation (AREA=releases NAME=list-releases METHOD=get ROUTE=/releases)
	@PYTHONPATH=tools/local:tools/contract $(PYTHON) -m centops_contract.scaffold $(AREA) $(NAME) $(METHOD) $(ROUTE)

deny: $(CARGO_DENY) ## Check the dependencies: licences, sources, duplicates, advisories (ADVISORIES=optional)
	@$(CARGO_DENY) --locked check licenses sources bans
	@.ci/advisories $(CARGO_DENY) $(ADVISORIES)

bench: release ## Measure the release bootstraps, with etcd, Prometheus and Alertmanager for comparison (ONLY=polls,probes); fails when a bar is missed
	@# Each by itself: cargo would unify its features with those of other packages.
	cargo build --release --package centops-bench-empty
	cargo build --release --package centops-bench-lean
	cargo build --release --package centops-cli
	install -D target/release/centops-bench-empty target/lambda-bench/empty/bootstrap
	install -D target/release/centops-bench-lean target/lambda-bench/lean/bootstrap
	cargo run --profile fast --package centops-bench -- $(addprefix --only ,$(ONLY)) --seed $(SEED)

# The checkout of another release.
BESIDE := target/beside

beside: build ## Run COUNT histories of the route table in which another release takes part (FORMER=<commit>); fails on any violation
	@[ -n "$(FORMER)" ] || { echo 'Name the commit of the other release: make beside FORMER=<commit>' >&2; exit 1; }
	@[ -d $(BESIDE) ] || git worktree add --quiet --detach $(BESIDE) $(FORMER)
	@git -C $(BESIDE) checkout --quiet --detach $(FORMER)
	@cd $(BESIDE) && cargo build --profile fast --package centops-bench
	@cd $(BESIDE) && PYTHONPATH=tools/local $(abspath $(PYTHON)) -m centops_local.bootstraps local
	cargo run --profile fast --package centops-bench -- --only histories --histories $(or $(COUNT),1000) --seed $(SEED) --former $(BESIDE)

bench-console: console browser-tools ## Measure the console with 1,000 and 10,000 chatbots in Chromium; fails when a bar is missed
	@node tests/console/bench.mjs

# It checks nothing else: unless it is told otherwise, it fails where Chromium is missing.
test-screens: BROWSER = required
test-screens: browser-tools ## On the running stack, visit every screen as each role, and do every task by keyboard (CONSOLE=http://…)
	@CONSOLE=$(CONSOLE) node --test --test-reporter=spec --test-timeout=1200000 tests/console/screens.mjs tests/console/tasks.mjs

lighthouse: browser-tools ## Let Lighthouse judge the console of the running stack (CONSOLE=http://…); fails when a bar is missed
	@CONSOLE=$(CONSOLE) node --test --test-reporter=spec tests/console/lighthouse.mjs

bench-core: rust-tools ## Measure how many observations the pure core folds a second; fails below 500,000
	cargo bench --profile fast --package centops-model --bench fold

histories: rust-tools ## Compare the health engine with its model over COUNT random histories of SEED, on all cores
	cargo run --profile fast --package centops-model --bin histories -- $(addprefix --count ,$(COUNT)) --seed $(SEED)

agent-proof: rust-tools ## Measure the agent beside nginx: a ledger of 10^6 lines, reloads, footprint (ONLY=ledger); fails when a bar is missed
	cargo build --release --package centops-agent
	CENTOPS_REQUIRE_NGINX=1 CENTOPS_AGENT_BIN=$(CURDIR)/target/release/centops-agent \
		cargo test --package centops-agent --test proof -- --ignored --nocapture --test-threads=1 $(ONLY)

mutants: rust-tools ## Apply one known bug after the other to a scratch copy; fails when the tests miss one
	python3 tools/model/mutants.py

stop-rule: rust-tools ## Write the tables of the stop rule of rollouts, or compute its rates of error; fails when a bar is missed
	cargo run --profile fast --package centops-model --bin stop_rule

rollouts: rust-tools ## Search every interleaving of a rollout to six chatbots; fails on any violation
	cargo run --profile fast --package centops-model --bin rollouts

fleets: rust-tools ## Play rollouts to COUNT networks, and of bad and healthy releases; fails when a bar is missed
	cargo run --profile fast --package centops-model --bin fleets -- $(addprefix --count ,$(COUNT)) --seed $(SEED)

detector: rust-tools ## Compute and simulate the fast detector's figures; fails when a bar is missed
	cargo run --profile fast --package centops-model --bin detector

causes: rust-tools ## Compare common causes that are found with COUNT generated storms; fails when a bar is missed
	cargo run --profile fast --package centops-model --bin causes -- $(addprefix --count ,$(COUNT)) --seed $(SEED)

actions: rust-tools ## Replay COUNT generated incidents of ten worlds against two baselines; fails when a bar is missed
	cargo run --profile fast --package centops-model --bin actions -- $(addprefix --count ,$(COUNT)) --seed $(SEED)

latency: build console ## Measure the time until a failing chatbot is out of routing (TRIALS=100)
	@$(LOCAL) latency --trials $(TRIALS)

canary: build console ## Search all stored data for personal data from LINES log lines; fails when any is found
	@$(LOCAL) canary --lines $(LINES) --seed $(SEED)

gameday: build console ## Play faults on a stack of its own: alarms must ring, runbooks must end them (ONLY=counts,truststore)
	@$(LOCAL) gameday $(addprefix --only ,$(ONLY))

drill: build console ## Restore the table of a network in use, with a stack of its own: fails when a route was wrong
	@$(LOCAL) drill

fuzz: build console ## Send at least REQUESTS generated requests to both APIs; fails when an answer breaks the contract
	@$(LOCAL) fuzz --requests $(REQUESTS) --seed $(SEED)

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Pinned, in the checkout. It compiles for two to three minutes on two cores.
$(CARGO_DENY): | rust-tools
	cargo install cargo-deny --quiet --locked --version $(CARGO_DENY_VERSION) --root .tools/cargo-deny-$(CARGO_DENY_VERSION)

# The contract's bundler, pinned, in the checkout.
node-tools: contract/node_modules/.package-lock.json

# The console's compiler, bundler and linter, pinned, in the checkout.
console-tools: console/node_modules/.package-lock.json

# What drives the browser of the tests, pinned, in the checkout. The browser is the machine's own.
browser-tools: tests/node_modules/.package-lock.json

%/node_modules/.package-lock.json: %/package-lock.json
	@command -v npm >/dev/null || { echo 'Node.js is missing: install Node.js 20 or newer (https://nodejs.org), then run this again.' >&2; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "Node.js 20 or newer is needed; node is $$(node --version)." >&2; exit 1; }
	@cd $* && npm ci --silent --ignore-scripts
	@touch $@

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
