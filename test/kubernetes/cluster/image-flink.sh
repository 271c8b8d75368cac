#!/bin/bash
# image-flink.sh NAME:TAG OUT.tar FLINK_HOME JAVA_HOME: from the machine's own JDK and C library, Debian's static busybox,
# and a folder of Flink jars (FLINK_HOME/lib). It takes the arguments of Flink's official image. 2 s, 280 MB.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) name=$1 out=$(realpath -m "$2") flink=$3 jvm=$4
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
# layer 1: base system and JRE (no jmods, headers, sources, debug or desktop parts)
base=$work/base; mkdir -p "$base"/{usr/bin,usr/lib/x86_64-linux-gnu,usr/lib64,etc,proc,sys,dev,tmp,opt}
for l in bin lib lib64; do ln -s usr/$l "$base/$l"; done; chmod 1777 "$base/tmp"
cp /bin/busybox "$base/usr/bin/"; for a in $(busybox --list); do [ "$a" = busybox ] || ln -sf busybox "$base/usr/bin/$a"; done
ln -sf busybox "$base/usr/bin/bash"        # busybox runs an applet by its name; bash is ash here
cp -L /lib64/ld-linux-x86-64.so.2 "$base/usr/lib64/"
for so in libc.so.6 libm.so.6 libz.so.1 libgcc_s.so.1 libstdc++.so.6 libpthread.so.0 libdl.so.2 librt.so.1 libresolv.so.2 libnss_dns.so.2 libnss_files.so.2; do
  cp -L "/lib/x86_64-linux-gnu/$so" "$base/usr/lib/x86_64-linux-gnu/"; done
printf 'root:x:0:0::/root:/bin/sh\nflink:x:9999:9999::/opt/flink:/bin/sh\n' > "$base/etc/passwd"
printf 'root:x:0:\nflink:x:9999:\n' > "$base/etc/group"; echo 'hosts: files dns' > "$base/etc/nsswitch.conf"
mkdir -p "$base$jvm"
tar -C "$jvm" --exclude=./jmods --exclude=./include --exclude=./man --exclude=./docs --exclude=./lib/src.zip --exclude=./lib/ct.sym --exclude=./legal -chf - . | tar -C "$base$jvm" -xf -
ln -s "$jvm/bin/java" "$base/usr/bin/java"
tar -C "$base" --sort=name --owner=0 --group=0 --mtime=@0 -cf "$work/base.tar" .
# layer 2: Flink
app=$work/app; mkdir -p "$app"/opt/flink/{lib,conf,log,usrlib,plugins,bin}
cp -L "$flink"/lib/*.jar "$app/opt/flink/lib/"
cp "$here/flink-entrypoint.sh" "$app/docker-entrypoint.sh"; chmod 755 "$app/docker-entrypoint.sh"
chown -R 9999:9999 "$app/opt/flink"
tar -C "$app" --sort=name --mtime=@0 -cf "$work/app.tar" .
"$here/image.sh" "$name" "$out" "$work/base.tar" "$work/app.tar" -- \
  "{\"Env\":[\"PATH=/opt/flink/bin:/usr/bin\",\"JAVA_HOME=$jvm\",\"FLINK_HOME=/opt/flink\",\"MALLOC_ARENA_MAX=2\"],\"Entrypoint\":[\"/docker-entrypoint.sh\"],\"WorkingDir\":\"/opt/flink\",\"User\":\"9999:9999\"}"
