#!/usr/bin/env bash
# The status page and the API documentation in Chromium.
set -euo pipefail
cd "$(dirname "$0")/../.."
[[ -d node_modules/playwright-core ]] || npm ci --silent
exec timeout 180 node tests/e2e/status_page.mjs
