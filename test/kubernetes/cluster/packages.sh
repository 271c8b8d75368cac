#!/bin/bash
# Installs the Debian packages that the node runs on and the suite needs, where they are missing. 1 minute, once per machine.
set -euo pipefail
need=()
for package in containerd runc containernetworking-plugins nftables iptables conntrack socat iproute2 util-linux busybox-static bash-static openssl python3-pip; do
  dpkg -s "$package" > /dev/null 2>&1 || need+=("$package")
done
# These may have come by another way. Debian's Go is too old and not among them.
[ -n "${JAVA_HOME:-}" ] || command -v javac > /dev/null || need+=(default-jdk-headless)
command -v mvn > /dev/null || need+=(maven)
compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null || need+=(postgresql)
[ ${#need[@]} -gt 0 ] || exit 0
command -v apt-get > /dev/null || { echo "kubernetes: there is no apt-get to install ${need[*]} with" >&2; exit 1; }
echo "kubernetes: installing ${need[*]}"
apt-get update -qq
# A machine with an init system must not start Debian's own containerd for this.
RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${need[@]}" > /dev/null
