#!/bin/sh
# Makes roles and databases in a fresh Postgres; on a later start it only sets the passwords anew. Run by the image of
# Postgres as its superuser (PGHOST, PGUSER, PGPASSWORD).
set -eu

ensure_role() {
  # psql quotes the password itself (:'…'); it must never be part of a text that a shell or SQL reads.
  psql -v ON_ERROR_STOP=1 -v role="$1" -v password="$2" -d postgres -q <<'SQL'
SELECT format('CREATE ROLE %I LOGIN', :'role')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'role', :'password') \gexec
SQL
}

ensure_database() {
  psql -v ON_ERROR_STOP=1 -v database="$1" -v owner="$2" -d postgres -q <<'SQL'
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
SELECT format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', :'database') \gexec
SQL
}

ensure_role temporal "$TEMPORAL_DB_PASSWORD"
ensure_role sluice "$SLUICE_DB_PASSWORD"
ensure_database temporal temporal
ensure_database temporal_visibility temporal
ensure_database sluice sluice
echo 'databases are ready'
