#!/bin/bash
# Replaces the database with a dump on standard input.
set -euo pipefail
client=mysql
command -v mysql >/dev/null || client=mariadb
exec "$client" --defaults-extra-file=<(printf '[client]\nuser=root\npassword="%s"\n' "$(</run/secrets/mysql_root_password)") \
    --default-character-set=utf8mb4
