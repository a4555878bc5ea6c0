#!/usr/bin/env bash
# Measures the operators' pages among many members, and writes that part of docs/performance.md: bash tools/scale.sh [MEMBERS]
# PostgreSQL (TEST_POSTGRES_URL) gets MEMBERS of them, SQLite a tenth. A million takes some 30 GB of disk and half an hour.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0 SCALE_MEMBERS=${1:-1000000}
: "${TEST_POSTGRES_URL:?needs a PostgreSQL server}"
BENCH_OUT=$(mktemp)
export BENCH_OUT
trap 'rm -f "$BENCH_OUT"' EXIT

missed=0
go test -tags scale ./app -run '^TestAdminAtAMillion$' -count=1 -timeout 3h -v || missed=1

heading='## Among many members'
before=$(sed "/^$heading\$/,\$d" docs/performance.md)
cat >docs/performance.md <<TABLE
$before

$heading

Measured by \`tools/scale.sh\` (\`task bench:scale\`) on $(nproc) cores: the same requests to two programs in turn, one among 1,000 members, one among many, each of whom has five sessions, five access tokens and
ten audit events. A hundred members are locked in each, and there are forty clients or more. Page 100 is the last full page where a list has fewer. Pages and what members do answer within 50 ms. The audit log is downloaded whole.
$(cat "$BENCH_OUT")
TABLE
sed -n "/^$heading\$/,\$p" docs/performance.md
exit $missed
