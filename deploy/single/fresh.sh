#!/bin/sh
# fresh.sh fails when the page's typed client is not what the built server's OpenAPI document says;
# with --write it writes the client anew. It asks a real server, on an empty data directory that is thrown away.
set -eu
cd "$(dirname "$0")/../.."
address=${DAKA_FRESH_ADDRESS:-127.0.0.1:18439}
dir=$(mktemp -d)
chmod 755 "$dir" # as root the private Postgres runs as somebody else

bin/daka serve --data "$dir/data" --listen "$address" >"$dir/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$dir"' EXIT

node -e '
const [url, out] = process.argv.slice(1);
const until = Date.now() + 60_000;
const ask = async () => {
  try {
    const answer = await fetch(url);
    if (answer.ok) return require("fs").writeFileSync(out, await answer.text());
  } catch {}
  if (Date.now() > until) throw new Error("no answer from " + url + " within a minute");
  setTimeout(ask, 200);
};
ask();
' "http://$address/openapi.json" "$dir/openapi.json" || {
	cat "$dir/log"
	exit 1
}
api/web/node_modules/.bin/openapi-typescript "$dir/openapi.json" -o "$dir/schema.ts" >/dev/null
if [ "${1:-}" = --write ]; then
	cp "$dir/schema.ts" api/web/src/api/schema.ts
elif ! diff -u api/web/src/api/schema.ts "$dir/schema.ts" >"$dir/diff"; then
	head -n 40 "$dir/diff"
	echo "api/web/src/api/schema.ts is stale, $(grep -c '^[-+]' "$dir/diff") lines differ: run \`make generate\`"
	exit 1
fi
