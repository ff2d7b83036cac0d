#!/usr/bin/env bash
# Fetches from npm what the program embeds (package.json, "dependencies"), unless it is there already.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ -f node_modules/swagger-ui-dist/swagger-ui-bundle.js ]] && exit 0
command -v npm >/dev/null || { echo "npm is missing: run bin/setup" >&2; exit 1; }
exec npm ci --omit=dev --silent
