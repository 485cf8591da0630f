#!/bin/sh
# Brings Temporal's two databases to the schema of this release of its tools; does nothing where they have it.
set -eu

schema() {
  database="$1"
  folder="$2"
  set -- --plugin postgres12 --endpoint postgres --port 5432 --user temporal --database "$database"
  temporal-sql-tool "$@" create
  temporal-sql-tool "$@" setup-schema --version 0.0
  temporal-sql-tool "$@" update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$folder/versioned"
}

schema temporal temporal
schema temporal_visibility visibility
