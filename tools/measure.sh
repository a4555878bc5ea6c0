#!/usr/bin/env bash
# Measures this machine and writes docs/performance.md: starts, pages on the wire, memory, rebuild.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0 # SQLite is pure Go; without cgo the linker needs no C compiler and half the time
root=$PWD
work=$(mktemp -d)
pid=
finish() { [ -n "$pid" ] && kill "$pid" 2>/dev/null; rm -rf "$work"; }
trap finish EXIT

go build -o "$work/app" ./app
base=http://localhost:23100

now() { date +%s%N; }

# start prints the milliseconds from exec to the first 200 of /readyz.
start() {
  local began
  began=$(now)
  (cd "$work" && exec env ADDR=127.0.0.1:23100 BASE_URL=$base DEMO_CLIENT_ADDR=127.0.0.1:23101 METRICS_ADDR= ./app) >"$work/log" 2>&1 &
  pid=$!
  until curl -fs -o /dev/null $base/readyz; do
    kill -0 "$pid" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
    sleep 0.01
  done
  echo $((($(now) - began) / 1000000)) >"$work/started"
}
stop() { kill "$pid"; wait "$pid" 2>/dev/null || true; pid=; }

weigh() { curl -fs -H 'Accept-Encoding: gzip' -o - "$base$1" | wc -c; }
plain() { curl -fs -o - "$base$1" | gzip -9 | wc -c; }

start; first=$(cat "$work/started"); stop
start; later=$(cat "$work/started")
page=$(plain /login)
html=$(curl -fs $base/login)
asset() { printf '%s' "$html" | grep -oE "/static/$1[^\"]*" | head -n 1; }
css=$(weigh "$(asset app.*css)")
htmx=$(weigh "$(asset htmx)")
script=$(weigh "$(asset 'app\.[^\"]*js')")
icon=$(weigh "$(asset icon)")
hosts=$(printf '%s' "$html" | grep -oE '(src|href)="https?://[^"]*"' | grep -vc "$base" || true)
sleep 5
rss=$(($(awk '/VmRSS/ {print $2}' /proc/"$pid"/status) / 1024))
stop

touch_file=app/home_handler.go
began=$(now); touch "$touch_file"; printf '\n' >>"$touch_file"
trap 'git -C "$root" checkout -q -- "$touch_file"; finish' EXIT
go build -o "$work/app" ./app
rebuild=$((($(now) - began) / 1000000))
git checkout -q -- "$touch_file"
trap finish EXIT

statements=$(go test ./app -run 'TestSignedInPage_OneStatement' -count=1 -v 2>/dev/null | sed -nE 's,.*/account/profile: statements: ([0-9]+).*,\1,p' | sort -n | tail -n 1)

flows=$(go test ./app -run 'TestStatementsPerFlow/sqlite' -count=1 -v 2>/dev/null | grep -oE '\| [^|]+ \| [0-9]+ \| [0-9]+ \|')

export BENCH_OUT=$work/bench
missed=0
go test -tags bench ./app -run '^TestBench' -count=1 || missed=1

many=$(sed -n '/^## Among many members$/,$p' docs/performance.md) # tools/scale.sh writes that

cat >docs/performance.md <<TABLE
# Performance

Measured by \`tools/measure.sh\` (\`task bench\`) on $(nproc) cores, $(go env GOOS)/$(go env GOARCH), $(go env GOVERSION). Run it on your machine: the bars are meant for a small one.

| what | measured | bar |
| --- | ---: | ---: |
| first start to \`/readyz\`: migrations, keys, demo data | $first ms | 3000 ms |
| later start to \`/readyz\` | $later ms | 400 ms |
| SQL statements for session and person on a signed-in page | ${statements:-not measured} | 1 |
| style sheet, compressed | $((css)) bytes | 15360 bytes |
| scripts (htmx and our own), compressed | $((htmx + script)) bytes | 25600 bytes |
| first sign-in page with all it loads, compressed | $((page + css + htmx + script + icon)) bytes | 61440 bytes |
| requests to other hosts | $hosts | 0 |
| resident memory, idle | $rss MB | 90 MB |
| build after a change in \`app/\` | $rebuild ms | 5000 ms |

## Statements per flow

Counted in the whole program (\`TestStatementsPerFlow\`), the same on SQLite and PostgreSQL. Where a token is used, one of them is the look-up of the account behind it; at UserInfo and the API one more is
what they tell of the person.

| flow | statements | at most |
| --- | ---: | ---: |
$flows

## Against the ceiling

Each figure stands beside the most that its parts can do on the same machine, taken in turns in the same run (\`app/bench_test.go\`): the ratio is what counts. The load comes from the
same two cores.

| what | here | at most | ratio | bar |
| --- | ---: | ---: | ---: | ---: |
$(cat "$work/bench")

$many
TABLE
cat docs/performance.md
exit $missed
