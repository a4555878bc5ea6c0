#!/usr/bin/env bash
# Gives the product its name: tools/rename.sh Name module/path
# Changes the module path in every import, and the name where people read it.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -eq 2 ] || { echo 'usage: tools/rename.sh Name module/path' >&2; exit 2; }
name=$1 module=$2
old_module=$(go list -m)

go mod edit -module "$module"
git ls-files '*.go' '*.templ' | xargs sed -i "s#\"$old_module/#\"$module/#g"
sed -i "s#brandName *= \"[^\"]*\"#brandName = \"$name\"#" views/*.go views/*.templ
go tool templ generate
gofmt -w $(git ls-files '*.go')
go build ./...
echo "The module is $module and the product is $name. Colours: views/theme.css. Mark: views/brand.templ."
