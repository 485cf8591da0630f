#!/bin/sh
# Runs once, in an empty data directory: a role and a database for the product, a role for Temporal, which makes its own
# two databases. Neither role may do more than that.
set -eu

psql --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set artisan="$ARTISAN_DB_PASSWORD" --set temporal="$TEMPORAL_DB_PASSWORD" <<'SQL'
create role artisan login password :'artisan';
create database artisan owner artisan;
create role temporal login createdb password :'temporal';
SQL
