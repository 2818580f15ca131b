# daka. `make help` lists the targets. What a machine lacks is brought by deploy/single/setup.sh.

SHELL       := /bin/sh
ADDRESS     ?= 127.0.0.1:8080
SETUP       := sh deploy/single/setup.sh need
QUIET       := sh deploy/single/quiet.sh
STAMP       := $(shell git rev-parse -q --verify HEAD >/dev/null 2>&1 && echo true || echo false)
WEB_SOURCES := $(shell find api/web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -name '*.go' -not -name '*.md' 2>/dev/null)

export PATH      := $(CURDIR)/.tools/bin:$(PATH):/usr/local/go/bin
export GOFLAGS   ?= -buildvcs=false
export npm_config_audit := false
export npm_config_fund  := false

# As in setup.sh: Node shall trust whom the machine trusts, too.
AUTHORITIES := $(wildcard /etc/ssl/certs/ca-certificates.crt)
ifneq ($(AUTHORITIES),)
export NODE_EXTRA_CA_CERTS ?= $(AUTHORITIES)
endif

.DEFAULT_GOAL := help
.PHONY: help run dev test quick verify bench torture web build generate fmt clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Bring what is missing, build, and serve a sample company at http://localhost:8080
	@$(SETUP) go node postgres
	@$(MAKE) -s --no-print-directory build
	@exec bin/daka serve --sample --listen $(ADDRESS)

dev: ## Server and page with hot reload: open http://localhost:5173; press Ctrl-C and begin again after a change in Go
	@$(SETUP) go node postgres
	@$(MAKE) -s --no-print-directory build
	@exec sh deploy/single/dev.sh $(ADDRESS)

test: ## Everything that must pass, with nothing set up before (race detector on)
	@$(SETUP) go cc node postgres browser office
	@$(MAKE) -s --no-print-directory web
	@$(QUIET) "go vet" go vet ./...
	@$(QUIET) "web: types" npm --prefix api/web run check
	@$(QUIET) "web: unit tests" npm --prefix api/web test
	@go test -race -timeout 25m ./...

quick: ## What to run while working: vet and the short tests, without race detector and browser
	@$(SETUP) go cc postgres
	@$(QUIET) "go vet" go vet ./...
	@go test -short -timeout 10m ./...

verify: ## Linters, arrows between rooms, generated files fresh, known vulnerabilities
	@$(SETUP) go node golangci-lint govulncheck
	@$(QUIET) "gofmt" sh -c 'test -z "$$(gofmt -l $$(git ls-files "*.go") | tee /dev/stderr)"'
	@golangci-lint run ./...
	@$(MAKE) -s --no-print-directory build
	@$(QUIET) "web: lint" npm --prefix api/web run lint
	@$(QUIET) "web: format" npm --prefix api/web run format:check
	@$(QUIET) "generated files are fresh" sh deploy/single/fresh.sh
	@sh deploy/single/vulnerabilities.sh

bench: ## Measure, each figure beside its limit; WITHOUT=name measures what a trick gives
	@$(SETUP) go node postgres
	@$(MAKE) -s --no-print-directory build
	@go run ./deploy/single/bench -binary bin/daka $(if $(WITHOUT),-without $(WITHOUT))

torture: ## Kill, cut and tear while punches arrive, then count them
	@$(SETUP) go node postgres
	@$(MAKE) -s --no-print-directory build
	@go run ./deploy/single/torture -binary bin/daka
	@go run ./deploy/drills -binary bin/daka

web: api/web/dist/index.html ## Build the page into api/web/dist, unless it is fresh

build: web ## Build bin/daka with the page inside
	@go build -buildvcs=$(STAMP) -ldflags '-s -w' -o bin/ ./cmd/...

generate: build ## Write generated files anew: the page's typed client
	@$(QUIET) "the page's typed client" sh deploy/single/fresh.sh --write

fmt: api/web/node_modules/.package-lock.json ## Format the Go code and the page's
	@gofmt -w $$(git ls-files '*.go')
	@$(QUIET) "web: format" npm --prefix api/web run format

clean: ## Remove what was built; data and .tools stay
	@rm -rf bin .cache api/web/node_modules
	@find api/web/dist -mindepth 1 -not -name .gitkeep -delete

# npm writes node_modules/.package-lock.json last, so it stands for a finished installation.
api/web/node_modules/.package-lock.json: api/web/package.json api/web/package-lock.json
	@$(SETUP) node
	@$(QUIET) "web: packages" npm --prefix api/web ci --loglevel=error
	@touch $@

api/web/dist/index.html: api/web/node_modules/.package-lock.json $(WEB_SOURCES)
	@$(QUIET) "web: build" npm --prefix api/web run build
	@touch $@
