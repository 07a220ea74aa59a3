#!/bin/bash
# Runs once, on an empty volume: the database, and a user for each service with no more than it needs. No tables here.
set -euo pipefail

database=${OBD2_DATABASE:-obd2db}
client=mysql
command -v mysql >/dev/null || client=mariadb

password() { # the secret of one user, quoted for SQL
    local text
    text=$(<"/run/secrets/$1")
    [[ $text =~ ^[A-Za-z0-9._~-]{16,}$ ]] || { echo "secret $1: 16 or more of A-Z a-z 0-9 . _ ~ -" >&2; exit 1; }
    printf "'%s'" "$text"
}

root=$(</run/secrets/mysql_root_password)
sql=$(cat <<SQL
CREATE DATABASE IF NOT EXISTS \`$database\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE USER 'obd2_migrate'@'%' IDENTIFIED BY $(password db_migrate_password);
CREATE USER 'obd2_api'@'%' IDENTIFIED BY $(password db_api_password);
CREATE USER 'obd2_analyzer'@'%' IDENTIFIED BY $(password db_analyzer_password);
CREATE USER 'obd2_backup'@'%' IDENTIFIED BY $(password db_backup_password);
-- Only migrations change tables.
GRANT ALL ON \`$database\`.* TO 'obd2_migrate'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON \`$database\`.* TO 'obd2_api'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON \`$database\`.* TO 'obd2_analyzer'@'%';
-- Dumps read everything, views and triggers included.
GRANT SELECT, INSERT, UPDATE, DELETE, LOCK TABLES, SHOW VIEW, TRIGGER, EVENT ON \`$database\`.* TO 'obd2_backup'@'%';
-- Restore drills load a dump here, compare it and throw it away.
CREATE DATABASE IF NOT EXISTS obd2_drill CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT ALL ON obd2_drill.* TO 'obd2_backup'@'%';
SQL
)
"$client" --defaults-extra-file=<(printf '[client]\nuser=root\npassword="%s"\n' "$root") <<<"$sql"
echo "users of $database are made"
