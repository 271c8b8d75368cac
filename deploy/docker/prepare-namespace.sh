#!/bin/sh
# The namespace and search attributes that Sluice needs in Temporal (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE). A new attribute
# takes up to 60 s to be seen; a worker that starts before refuses, and is started again.
set -eu

namespace=$TEMPORAL_NAMESPACE
temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$namespace" --retention 30d

# A namespace made a moment ago is not known to all parts of the server yet.
until temporal operator search-attribute list --namespace "$namespace" >/dev/null 2>&1; do sleep 1; done

for name in SluiceState SluiceDesired SluiceName SluiceNamespace SluiceTarget; do
  temporal operator search-attribute list --namespace "$namespace" | grep -qw "$name" ||
    temporal operator search-attribute create --namespace "$namespace" --name "$name" --type Keyword
done
echo "namespace $namespace is ready"
