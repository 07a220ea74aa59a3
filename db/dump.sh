#!/bin/bash
# Writes the whole database, as of one moment, to standard output; its last line tells that it is complete.
set -euo pipefail
program=mysqldump
command -v mysqldump >/dev/null || program=mariadb-dump
# Positions of replication belong to this server, not to the data (MariaDB's program does not know the option).
exec "$program" --defaults-extra-file=<(printf '[client]\nuser=root\npassword="%s"\n' "$(</run/secrets/mysql_root_password)") \
    --loose-set-gtid-purged=OFF --single-transaction --quick --no-tablespaces --routines --triggers --events --hex-blob \
    --default-character-set=utf8mb4 --databases "${OBD2_DATABASE:-obd2db}" --add-drop-database
