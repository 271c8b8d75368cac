#!/bin/bash
# Installs the Debian packages that the node runs on, where they are missing. 30 s, once per machine.
set -euo pipefail
need=()
for package in containerd runc containernetworking-plugins nftables iptables conntrack socat iproute2 util-linux busybox-static bash-static openssl python3-pip; do
  dpkg -s "$package" > /dev/null 2>&1 || need+=("$package")
done
[ ${#need[@]} -gt 0 ] || exit 0
echo "kubernetes: installing ${need[*]}"
apt-get update -qq
# A machine with an init system must not start Debian's own containerd for this.
RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${need[@]}" > /dev/null
