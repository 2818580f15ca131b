#!/bin/sh
# quiet.sh NAME COMMAND… runs a command silently: one line when it passes, its whole output when it fails.
# It ends with the command's own code.
set -u
name=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$@" >"$log" 2>&1 </dev/null
code=$?
if [ "$code" -eq 0 ]; then
	echo "ok  	$name"
else
	cat "$log"
	echo "FAIL	$name"
fi
exit "$code"
