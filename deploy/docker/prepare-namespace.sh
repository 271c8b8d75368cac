#!/bin/sh
# The namespace and search attributes that Sluice needs in Temporal (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE). Ends when the
# server shows them, which takes up to a minute: a worker that misses one refuses to start.
set -eu

namespace=$TEMPORAL_NAMESPACE
temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$namespace" --retention 30d

# A namespace made a moment ago is not known to all parts of the server yet.
until temporal operator search-attribute list --namespace "$namespace" >/dev/null 2>&1; do sleep 1; done

attributes() { temporal operator search-attribute list --namespace "$namespace"; }
for name in SluiceState SluiceDesired SluiceName SluiceNamespace SluiceTarget; do
  attributes | grep -qw "$name" ||
    temporal operator search-attribute create --namespace "$namespace" --name "$name" --type Keyword
  until attributes | grep -qw "$name"; do sleep 1; done
done
echo "namespace $namespace is ready"
