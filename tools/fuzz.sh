#!/usr/bin/env bash
# Runs every fuzz target, one after the other: tools/fuzz.sh [time each, default 60s]. What one finds lands in
# testdata/fuzz beside its test and runs as an ordinary test from then on.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0
while IFS=: read -r file target; do
  printf '== %s in %s\n' "$target" "$(dirname "$file")"
  go test "./$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "${1:-60s}" -fuzzminimizetime 1x || failed=1
done < <(git ls-files '*_test.go' | xargs grep -oE '^func Fuzz[A-Za-z0-9_]+' | sed 's/func //' | sort)
exit $failed
