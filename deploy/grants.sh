#!/bin/sh
# The second part of docs/grants.sql, after each migration, as the owner of the tables.
set -e
sed '1,/^-- Second part/d' "${GRANTS_FILE:-/grants.sql}" | psql -v ON_ERROR_STOP=1 --quiet
