#!/bin/sh
# Fetch the pinned packages again and rebuild what is served from them.
# Run from anywhere; needs npm, python3 and tar. See README.md beside this file.
set -eu

HTMX=htmx.org@4.0.1
LUCIDE=lucide-static@1.62.0

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$work"
npm pack --silent "$HTMX" "$LUCIDE" >/dev/null
for archive in *.tgz; do
  mkdir "${archive%.tgz}"
  tar xzf "$archive" -C "${archive%.tgz}" --strip-components=1
done

# The source map is not served, so the comment that points at it would be a 404.
strip_map() { sed '/^\/\/# sourceMappingURL=/d' "$1" >"$2"; }
strip_map htmx.org-*/dist/htmx.min.js "$here/htmx.min.js"
strip_map htmx.org-*/dist/ext/hx-ws.min.js "$here/hx-ws.min.js"
cp htmx.org-*/LICENSE "$here/htmx.LICENSE"
cp lucide-static-*/LICENSE "$here/lucide.LICENSE"
python3 "$here/sprite.py" lucide-static-*/icons "$here/icons.txt" "$here/logo.svg" >"$here/../icons.svg"

cd "$here/.."
sha256sum vendor/htmx.min.js vendor/hx-ws.min.js icons.svg >vendor/SHA256SUMS
