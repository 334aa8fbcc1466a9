# The daily commands. Everything else is in the scripts they call.
SEEDS ?= 1000
SECONDS ?= 600

.PHONY: run test build lint format simulate fuzz races browser conformance clean help

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

run: ## a working demonstration yard on http://localhost:8080
	./run

test: ## everything that proves the project
	./test

build: ## debug build of all products and tests
	swift build --build-tests --explicit-target-dependency-import-check error

lint: ## format and tidiness
	./test lint

format: ## write the format
	swift format -i --recursive Package.swift Sources Tests loadtest

simulate: ## SEEDS=n simulated worlds in release
	SEEDS=$(SEEDS) ./test simulation

fuzz: ## SECONDS=n of each fuzz target
	Tests/Fuzz/run --seconds $(SECONDS)

races: ## the server's tests under the thread sanitizer (15 minutes)
	swift build --build-tests --sanitize thread --scratch-path .build-tsan
	TSAN_OPTIONS="suppressions=$(CURDIR)/Tests/tsan-suppressions.txt exitcode=66" swift test --skip-build --no-parallel \
		--sanitize thread --scratch-path .build-tsan --filter '^(HubTests|SessionsTests)\.'

browser: ## pages in a headless browser
	./test pages

conformance: ## Autobahn, other people's clients, nginx and HAProxy (docs/conformance.md)
	Tests/Conformance/autobahn
	Tests/Conformance/clients
	Tests/Conformance/proxies

clean: ## build products and local data of tests
	rm -rf .build .build-release .build-fuzz .build-tsan var/test var/fuzz
