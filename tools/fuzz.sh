#!/usr/bin/env bash
# Builds the tree with clang and runs each fuzzer for a while. usage: tools/fuzz.sh [seconds each]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-10}"
bin/build clang
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for fuzzer in build/clang/bin/*_fuzz; do
  name=$(basename "$fuzzer")
  mkdir -p "$scratch/$name"
  seeds=()
  [[ -d "tests/fuzz/corpus/$name" ]] && seeds=("tests/fuzz/corpus/$name")
  echo "fuzzing $name for $seconds s"
  "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$scratch/" "$scratch/$name" "${seeds[@]}" \
    >"$scratch/log" 2>&1 || { tail -n 60 "$scratch/log"; exit 1; }
  tail -n 1 "$scratch/log"
done
