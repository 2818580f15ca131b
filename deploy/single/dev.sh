#!/bin/sh
# dev.sh HOST:PORT runs the server there and the page's development server beside it. Vite shows a saved file of
# api/web at once and sends /api to the server. When one of the two ends, or on Ctrl-C, both end.
set -eu
cd "$(dirname "$0")/../.."
address=$1

bin/daka serve --sample --listen "$address" --lame-duck 0s &
server=$!
DAKA_SERVER=http://$address api/web/node_modules/.bin/vite api/web --clearScreen false &
page=$!
(
	while kill -0 "$server" 2>/dev/null && kill -0 "$page" 2>/dev/null; do sleep 1; done
	kill "$$" 2>/dev/null
) &
trap 'trap - EXIT INT TERM; kill "$server" "$page" 2>/dev/null || true; wait "$server" "$page" 2>/dev/null || true' EXIT INT TERM
wait "$page" || true
