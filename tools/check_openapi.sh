#!/usr/bin/env bash
# Validates the OpenAPI document that the release binary prints, with Redocly's linter.
set -euo pipefail
cd "$(dirname "$0")/.."
document=$(mktemp --suffix=.json)
trap 'rm -f "$document"' EXIT
build/release/bin/renova openapi >"$document"
[[ -x node_modules/.bin/redocly ]] || npm ci --no-audit --no-fund --silent
node_modules/.bin/redocly lint --config tools/redocly.yaml "$document"
