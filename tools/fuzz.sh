#!/usr/bin/env bash
# Builds the tree with clang and runs each fuzzer. usage: tools/fuzz.sh [seconds each]
# Without seconds: a short run that is the same every time, for CI. With them: a hunt from a new random seed.
set -euo pipefail
cd "$(dirname "$0")/.."
if (($#)); then
  how=(-max_total_time="$1")
else
  how=(-seed=1 -runs=20000 -max_total_time=60)
fi
bin/build clang
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for fuzzer in build/clang/bin/*_fuzz; do
  name=$(basename "$fuzzer")
  mkdir -p "$scratch/$name"
  seeds=()
  [[ -d "tests/fuzz/corpus/$name" ]] && seeds=("tests/fuzz/corpus/$name")
  echo "fuzzing $name"
  "$fuzzer" "${how[@]}" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$scratch/" "$scratch/$name" "${seeds[@]}" \
    >"$scratch/log" 2>&1 || { tail -n 60 "$scratch/log"; exit 1; }
  tail -n 1 "$scratch/log"
done
