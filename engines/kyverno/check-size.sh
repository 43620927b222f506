#!/bin/sh
# Fails when something switches the linker's dead-code elimination off: one call of reflect's Method or MethodByName
# with a name that is not a constant (text/template has one) and the module grows by half. Needs vendor/ and overlay/.
set -eu
cd "$(dirname "$0")"
mkdir -p out
dependencies=$(mktemp)
trap 'rm -f "$dependencies" out/size.wasm' EXIT
GOOS=wasip1 GOARCH=wasm go build -mod=vendor -overlay overlay/overlay.json -trimpath -buildmode=c-shared \
  -ldflags='-s -w -dumpdep' -o out/size.wasm ./cmd/kyverno 2>"$dependencies"
# An empty list would pass for the wrong reason.
test "$(wc -l <"$dependencies")" -gt 10000
if grep '<ReflectMethod>' "$dependencies"; then
  echo 'these functions look methods up by name: keep them out (see overlay-rules.json)' >&2
  exit 1
fi
# 40.6 MB were measured with Kyverno 1.19.1; a step beyond 45 MB wants a look at what came in.
size=$(wc -c <out/size.wasm)
test "$size" -lt 45000000 || { echo "the module has $size bytes" >&2; exit 1; }
echo "kyverno: $size bytes, no lookup of methods by name"
