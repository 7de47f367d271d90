#!/bin/sh
# The PostgreSQL image runs this once, on a new server: it creates the workers' role and database. The role is no superuser:
# it owns its own database, and can neither read files of the server nor create other roles.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --file /etc/mhloop/create-database.sql
