#!/bin/sh
# Temporal's tables, by temporal-sql-tool of the server's own version. On a database that has them, both commands leave
# what is there and only go on to the newest version: an upgrade of Temporal is a new image and another run of this.
# Reads SQL_HOST, SQL_USER, SQL_PASSWORD.
set -eu

for name in temporal visibility; do
  database=temporal
  [ "$name" = visibility ] && database=temporal_visibility
  tool="temporal-sql-tool --plugin postgres12 --ep $SQL_HOST -p 5432 -u $SQL_USER --db $database"
  $tool setup-schema -v 0.0
  $tool update-schema --schema-name "postgresql/v12/$name"
done
echo 'the schema of Temporal is ready'
