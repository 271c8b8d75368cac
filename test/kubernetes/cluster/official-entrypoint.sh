#!/bin/bash
# Does what docker-entrypoint.sh of Flink's official image does before Flink's own scripts take over, in its order, without
# `set -e` as there: built-in plugins are linked, what the image sets is written into config.yaml, which our pods do not let
# it, and the script of the component starts in the foreground.
for jar in ${ENABLE_BUILT_IN_PLUGINS//;/ }; do
  mkdir -p "$FLINK_HOME/plugins/${jar%.jar}"
  [ -e "$FLINK_HOME/opt/$jar" ] || { echo "Plugin $jar does not exist. Exiting."; exit 1; }
  ln -fs "$FLINK_HOME/opt/$jar" "$FLINK_HOME/plugins/${jar%.jar}"
done
"$FLINK_HOME/bin/config-parser-utils.sh" "$FLINK_HOME/conf" "$FLINK_HOME/bin" "$FLINK_HOME/lib" \
  "-Djobmanager.rpc.address=${JOB_MANAGER_RPC_ADDRESS:-$(hostname -f)}" -Dblob.server.port=6124 -Dquery.server.port=6125
case $1 in
  jobmanager | taskmanager) exec "$FLINK_HOME/bin/$1.sh" start-foreground "${@:2}" ;;
  *) exec "$@" ;;
esac
