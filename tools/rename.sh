#!/usr/bin/env bash
# Gives the product its name: tools/rename.sh "Your Name" module/path
# Changes the module path, BrandName in views/brand.templ, and what else bears the first name: pages for readers, the
# demo client, tests, the names of policies and files. To change the name again, change BrandName.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -eq 2 ] || { echo 'usage: tools/rename.sh "Your Name" module/path' >&2; exit 2; }
name=$1 module=$2
[[ $name =~ ^[[:alnum:]]([[:alnum:]\ .-]*[[:alnum:]])?$ ]] || { echo 'A name has letters, digits, and spaces, dots and hyphens between them.' >&2; exit 2; }
capitals=$(printf %s "$name" | tr '[:lower:]' '[:upper:]')
word=$(printf %s "$name" | tr -cd 'A-Za-z0-9') # where neither space nor accent may be
word=${word:-App}
slug=$(printf %s "$word" | tr '[:upper:]' '[:lower:]')
old_module=$(go list -m)
go mod edit -module "$module"
(cd tools && go mod edit -module "$module/tools")

# Three keep the first name: LICENSE says who wrote the code; this script has to find it; and lines with hkdf.Key, whose
# label is part of every key: under another one, nothing sealed so far would open.
files() { git ls-files -co --exclude-standard -- . ':!LICENSE' ':!tools/rename.sh'; }
files | while IFS= read -r file; do
  [ -f "$file" ] && grep -qIiE "latchkey|$old_module|BrandName" "$file" || continue
  # \x01 stands for the module until the end: it may hold the first name itself.
  sed -i -E "/hkdf\.Key/!{
    s#(\"|\(\*)$old_module(/|\")#\1\x01\2#g
    s#(BrandName *= )\"[^\"]*\"#\1\"$name\"#
    s#demo-Latchkey-#demo-$word-#g
    s#Latchkey#$name#g
    s#LATCHKEY#$capitals#g
    s#latchkey#$slug#g
    s#\x01#$module#g
  }" "$file"
done
go tool templ generate
gofmt -w $(files | grep '\.go$')
go build ./...
echo "The module is $module and the product is $name. Colours: views/theme.css. Mark: views/brand.templ."
