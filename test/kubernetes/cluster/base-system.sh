# For the scripts that assemble images: base_system FOLDER makes a root file system of Debian's static busybox and the
# machine's own C library, and the user that runs in it. Sourced.
base_system() { # FOLDER USER UID HOME
  local base=$1 user=$2 id=$3 home=$4 applet link library
  mkdir -p "$base"/{usr/bin,usr/lib/x86_64-linux-gnu,usr/lib64,etc,proc,sys,dev,tmp,opt}
  for link in bin lib lib64; do ln -s usr/$link "$base/$link"; done; chmod 1777 "$base/tmp"
  cp /bin/busybox "$base/usr/bin/"
  for applet in $(busybox --list); do [ "$applet" = busybox ] || ln -sf busybox "$base/usr/bin/$applet"; done
  ln -sf busybox "$base/usr/bin/bash"        # busybox runs an applet by its name; bash is ash here
  cp -L /lib64/ld-linux-x86-64.so.2 "$base/usr/lib64/"
  for library in libc.so.6 libm.so.6 libz.so.1 libgcc_s.so.1 libstdc++.so.6 libpthread.so.0 libdl.so.2 librt.so.1 libresolv.so.2 libnss_dns.so.2 libnss_files.so.2; do
    cp -L "/lib/x86_64-linux-gnu/$library" "$base/usr/lib/x86_64-linux-gnu/"; done
  printf 'root:x:0:0::/root:/bin/sh\n%s:x:%s:%s::%s:/bin/sh\n' "$user" "$id" "$id" "$home" > "$base/etc/passwd"
  printf 'root:x:0:\n%s:x:%s:\n' "$user" "$id" > "$base/etc/group"
  echo 'hosts: files dns' > "$base/etc/nsswitch.conf"
}
