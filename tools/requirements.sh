#!/usr/bin/env bash
# Compares docs/requirements.md with a folder of specifications: bash tools/requirements.sh DIR
# Every row of a finished milestone must be in the list. A row there begins "| A-101 | M1 |", "| O-101 | 1 |",
# "**U-01 (M1)**" or "| U-10 (M1) |".
set -euo pipefail
finished='[123]' # the milestones whose rows must be listed
list="$(dirname "$0")/../docs/requirements.md"

rows=$(sed -nE \
  -e "s/^\| ([A-Z]-[0-9]+) \| M?$finished([^0-9].*)?\|.*/\1/p" \
  -e "s/^(\*\*|\| )([A-Z]-[0-9]+) \(M$finished\).*/\2/p" "$1"/*.md | sort -u)
missing=$(comm -23 <(echo "$rows") <(sed -nE 's/^\| ([A-Z]-[0-9]+) \|.*/\1/p' "$list" | sort -u))
echo "$(echo "$rows" | grep -c .) rows, $(echo "$missing" | grep -c .) of them not in docs/requirements.md"
[ -z "$missing" ] || { echo "$missing"; exit 1; }
