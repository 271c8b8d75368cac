#!/bin/bash
# image-flink.sh NAME:TAG OUT.tar FLINK_HOME JAVA_HOME PLUGINS SCRIPTS: from the machine's own JDK and C library, Debian's static
# busybox, a folder of Flink jars (FLINK_HOME/lib), and one of jars for opt/. It takes the arguments of Flink's official
# image, and its ENABLE_BUILT_IN_PLUGINS. SCRIPTS has bin/ and conf/ of Flink's distribution, which then starts as in the
# official image; empty: a script of ours starts it, with one JVM less than six. PLUGINS may be empty, too. 2 s, 280 MB.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) name=$1 out=$(realpath -m "$2") flink=$3 jvm=$4 plugins=$5 scripts=$6
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
entrypoint=flink-entrypoint.sh
if [ -n "$scripts" ]; then
  entrypoint=official-entrypoint.sh
  cp -r "$scripts"/{bin,conf} "$app/opt/flink/"; chmod 755 "$app"/opt/flink/bin/*
  mkdir -p "$app/usr/bin"; cp /bin/bash-static "$app/usr/bin/bash"
  # Its jar of all jars is not on Maven: this one names those that are.
  version=$(basename "$flink"/lib/flink-runtime-[0-9]*.jar .jar); version=${version#flink-runtime-}
  (cd "$app/opt/flink/lib"; printf 'Class-Path:'; printf ' %s \n' *.jar) > "$work/manifest"
  "$jvm/bin/jar" --create --file "$app/opt/flink/lib/flink-dist-$version.jar" --manifest "$work/manifest"
fi
cp "$here/$entrypoint" "$app/docker-entrypoint.sh"; chmod 755 "$app/docker-entrypoint.sh"
chown -R 9999:9999 "$app/opt/flink"
tar -C "$app" --sort=name --mtime=@0 -cf "$work/app.tar" .
"$here/image.sh" "$name" "$out" "$work/base.tar" "$work/app.tar" -- \
  "{\"Env\":[\"PATH=/opt/flink/bin:/usr/bin\",\"JAVA_HOME=$jvm\",\"FLINK_HOME=/opt/flink\",\"MALLOC_ARENA_MAX=2\"],\"Entrypoint\":[\"/docker-entrypoint.sh\"],\"WorkingDir\":\"/opt/flink\",\"User\":\"9999:9999\"}"
