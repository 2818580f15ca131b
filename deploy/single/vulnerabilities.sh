#!/bin/sh
# vulnerabilities.sh asks the Go vulnerability database about our modules. Without a network it cannot, and says so.
set -u
log=$(mktemp)
trap 'rm -f "$log"' EXIT
govulncheck ./... >"$log" 2>&1 && {
	echo "ok  	no known vulnerabilities"
	exit 0
}
code=$?
if grep -q -e 'fetching vulnerabilities' -e 'vuln.go.dev' "$log" && ! grep -q '^Vulnerability #' "$log"; then
	echo "skip	known vulnerabilities: the database at vuln.go.dev cannot be reached from here; nothing was checked"
	exit 0
fi
cat "$log"
exit "$code"
