#!/bin/sh
# Run once by the PostgreSQL image, when the server is new: the workers' role and database. The role is nobody's superior:
# it owns its own database, and can neither read files of the server nor make other roles.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --file /etc/mhloop/create-database.sql
