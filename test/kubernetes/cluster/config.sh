# Settings shared by the scripts. Everything that the cluster writes is under $KUBE_HOME.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${KUBE_HOME:=/var/tmp/sluice-kube}"  # keep it short: unix socket paths end at 107 characters
KUBE_HOME=$(realpath -m "$KUBE_HOME")
: "${KUBE_BIN:=$KUBE_HOME/bin}"         # what build.sh made
: "${KUBE_API_PORT:=16443}"             # 127.0.0.1:$KUBE_API_PORT outside the network namespace reaches the API server
NAME=$(basename "$KUBE_HOME")           # of what only this cluster has: a network namespace, and control groups
NETNS=/run/netns/$NAME                  # every cluster address exists in it only
NODE_NAME=node1
NODE_IP=172.30.0.1
SERVICE_CIDR=10.96.0.0/16
API_SERVICE_IP=10.96.0.1
POD_SUBNET=10.244.0.0/24
PKI=$KUBE_HOME/pki
RUN=$KUBE_HOME/run # sockets, pid files, logs
# nsenter rather than "ip netns exec": the latter mounts a new /sys and so hides /sys/fs/cgroup.
in_netns() { nsenter --net="$NETNS" "$@"; }
# This cluster's folder in each hierarchy of control groups: one on v2, one per controller on v1, both on a mixture.
control_groups() { awk -v name="$NAME" '/ - cgroup2? / { print $5 "/" name }' /proc/self/mountinfo; }
