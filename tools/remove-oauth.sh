#!/usr/bin/env bash
# Takes the OAuth server out of this checkout; docs/remove-oauth-server.md says what and why.
# With --check it does so in a temporary copy, and builds and tests what is left.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" = --check ]; then
  copy=$(mktemp -d)
  trap 'rm -rf "$copy"' EXIT
  git ls-files -z | xargs -0 cp --parents -t "$copy"
  cd "$copy"
  git init -q .
fi

# Files of its own.
rm -rf oauthserver app/demo
rm -f app/accounts.go app/nethttp.go app/nethttp_test.go app/api_handler.go app/oauth*.go app/admin/oauth*.go
rm -f models/oauth_*.go models/modelstest/oauth_*.go models/migrations/*/*_oauth*.sql
rm -f docs/conformance.md
rm -f app/docs_test.go app/requirements_test.go # the pages still speak of it; rewrite them, then take these tests back
rm -f views/{apps,consent,scopes,sign_out}{.templ,_templ.go} views/oauth_*

# Lines of its own in files that stay.
grep -rlE '// oauth$' --include='*.go' --include='*.templ' app auth models views | xargs -r sed -i '/\/\/ oauth$/d'
go tool templ generate >/dev/null 2>&1

go vet ./...
if [ "${1:-}" = --check ]; then
  # On SQLite and without the browser: what is asked is whether the rest holds together.
  env -u TEST_POSTGRES_URL -u CI go test -short ./...
  echo 'Without the OAuth server the project builds and passes its tests.'
else
  go mod tidy
  echo 'The OAuth server is gone. Run: go test ./...'
fi
