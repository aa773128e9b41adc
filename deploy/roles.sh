#!/bin/sh
# The first part of docs/grants.sql with the passwords of the environment. The image of PostgreSQL runs it once, when it
# makes the database. Passwords go by \getenv, for arguments can be read by other processes.
set -e
{
  printf '%s\n' '\getenv owner BGC_OWNER_PASSWORD' '\getenv service BGC_SERVICE_PASSWORD'
  sed -n '/^-- First part/,/^-- Second part/p' "${GRANTS_FILE:-/grants.sql}" |
    sed "s/'choose-one'/:'owner'/; s/'choose-another'/:'service'/"
} | psql -v ON_ERROR_STOP=1 --quiet --username "$POSTGRES_USER" --dbname "$POSTGRES_DB"
