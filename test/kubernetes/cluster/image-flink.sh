#!/bin/bash
# image-flink.sh NAME:TAG OUT.tar FLINK_HOME JAVA_HOME [PLUGINS]: from the machine's own JDK and C library, Debian's static
# busybox, a folder of Flink jars (FLINK_HOME/lib), and one of jars for opt/. It takes the arguments of Flink's official
# image, and its ENABLE_BUILT_IN_PLUGINS. 2 s, 280 MB.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) name=$1 out=$(realpath -m "$2") flink=$3 jvm=$4 plugins=${5:-}
. "$here/base-system.sh"
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
# layer 1: base system and JRE (no jmods, headers, sources, debug or desktop parts)
base=$work/base; base_system "$base" flink 9999 /opt/flink
mkdir -p "$base$jvm"
tar -C "$jvm" --exclude=./jmods --exclude=./include --exclude=./man --exclude=./docs --exclude=./lib/src.zip --exclude=./lib/ct.sym --exclude=./legal -chf - . | tar -C "$base$jvm" -xf -
ln -s "$jvm/bin/java" "$base/usr/bin/java"
tar -C "$base" --sort=name --owner=0 --group=0 --mtime=@0 -cf "$work/base.tar" .
# layer 2: Flink
app=$work/app; mkdir -p "$app"/opt/flink/{lib,opt,conf,log,usrlib,plugins,bin}
cp -L "$flink"/lib/*.jar "$app/opt/flink/lib/"
[ -z "$plugins" ] || cp "$plugins"/*.jar "$app/opt/flink/opt/"
cp "$here/flink-entrypoint.sh" "$app/docker-entrypoint.sh"; chmod 755 "$app/docker-entrypoint.sh"
chown -R 9999:9999 "$app/opt/flink"
tar -C "$app" --sort=name --mtime=@0 -cf "$work/app.tar" .
"$here/image.sh" "$name" "$out" "$work/base.tar" "$work/app.tar" -- \
  "{\"Env\":[\"PATH=/opt/flink/bin:/usr/bin\",\"JAVA_HOME=$jvm\",\"FLINK_HOME=/opt/flink\",\"MALLOC_ARENA_MAX=2\"],\"Entrypoint\":[\"/docker-entrypoint.sh\"],\"WorkingDir\":\"/opt/flink\",\"User\":\"9999:9999\"}"
