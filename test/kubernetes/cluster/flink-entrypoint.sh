#!/bin/sh
# Stands in for the official image's docker-entrypoint.sh and bin/ scripts, which Maven does not carry.
# jobmanager | taskmanager: the standalone modes; anything else is run as it is. As there, the JVM gets those options that
# config.yaml has and no others, and a JobManager's arguments are `-D key=value` in two words.
set -e
: "${FLINK_CONF_DIR:=/opt/flink/conf}"; export FLINK_CONF_DIR
cp=$(printf %s: /opt/flink/lib/*.jar)
# As in the official image: plugins that it brings are put where Flink looks for plugins.
for jar in $(echo "${ENABLE_BUILT_IN_PLUGINS:-}" | tr ';' ' '); do
  mkdir -p "/opt/flink/plugins/${jar%.jar}"
  [ -e "/opt/flink/opt/$jar" ] || { echo "Plugin $jar does not exist. Exiting."; exit 1; }
  ln -fs "/opt/flink/opt/$jar" "/opt/flink/plugins/${jar%.jar}"
done
what=$1
case $what in
  jobmanager) entry=org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint kind=JM ;;
  taskmanager) entry=org.apache.flink.runtime.taskexecutor.TaskManagerRunner kind=TM ;;
  *) exec "$@" ;;
esac
shift
# bin/jobmanager.sh takes any other first argument for the host, and the second for the port of REST.
[ $kind = TM ] || [ "${1:--D}" = -D ] || { echo "jobmanager.sh would take this for a host: $1"; exit 1; }
# Flink's own tool computes the heap and, for a TaskManager, the options of its memory model, as bin/config.sh does.
out=$(java -Xmx64m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$cp" org.apache.flink.runtime.util.bash.BashJavaUtils \
  "GET_${kind}_RESOURCE_PARAMS" --configDir "$FLINK_CONF_DIR" "$@" 2>/dev/null | sed -n 's/^BASH_JAVA_UTILS_EXEC_RESULT://p')
jvm=$(echo "$out" | sed -n 1p)
[ $kind = JM ] || set -- "$@" $(echo "$out" | sed -n 2p)
java_opts=$(sed -n 's/^"env.java.opts.all": "\(.*\)"$/\1/p' "$FLINK_CONF_DIR/config.yaml")
exec java $java_opts $jvm -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
  -Dlog4j.configurationFile="file:$FLINK_CONF_DIR/log4j-console.properties" -cp "$cp$FLINK_CONF_DIR" "$entry" --configDir "$FLINK_CONF_DIR" "$@"
