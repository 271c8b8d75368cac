#!/bin/bash
# Builds the one Go binary of the cluster: build.sh FOLDER. Cold 6.5 minutes on two free cores, and 3 GB of Go's cache.
set -euo pipefail
K8S_VERSION=1.35.4
folder=$(realpath -m "$1")
mkdir -p "$folder"
cd "$(dirname "$0")/kube"
version=(-X "{}.gitVersion=v$K8S_VERSION" -X "{}.gitMajor=${K8S_VERSION%%.*}" -X "{}.gitMinor=$(echo "$K8S_VERSION" | cut -d. -f2)" -X "{}.gitTreeState=clean")
flags="-s -w"
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
  flags+=" ${version[*]//\{\}/$package}"
done
CGO_ENABLED=0 go build -buildvcs=false -trimpath -tags grpcnotrace -ldflags "$flags" -o "$folder/kube" .
for part in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl coredns; do
  ln -sf kube "$folder/$part"
done
