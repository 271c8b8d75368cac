#!/bin/bash
# image-busybox.sh OUT.tar: localhost/busybox:local from Debian's busybox-static, the pause container and a small tool
# image. 0.1 s, 2 MB.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) out=$(realpath -m "$1")
root=$(mktemp -d); trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,etc,tmp,proc,sys,dev}; chmod 1777 "$root/tmp"
cp /bin/busybox "$root/bin/"; for a in $(/bin/busybox --list); do [ "$a" = busybox ] || ln -sf busybox "$root/bin/$a"; done
echo 'root:x:0:0::/:/bin/sh' > "$root/etc/passwd"; echo 'root:x:0:' > "$root/etc/group"
tar -C "$root" --sort=name --owner=0 --group=0 --mtime=@0 -cf "$root.layer.tar" .
"$here/image.sh" localhost/busybox:local "$out" "$root.layer.tar" -- '{"Env":["PATH=/bin"],"Entrypoint":["/bin/sleep","infinity"]}'
rm "$root.layer.tar"
