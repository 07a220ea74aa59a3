#!/bin/bash
# The database, and a user for each service with no more than it needs. No tables here. The stack runs it once, on an
# empty volume; on a host it runs as root, with the folder of the secrets and OBD2_CLIENTS=localhost, as often as wanted.
set -euo pipefail

database=${OBD2_DATABASE:-obd2db}
secrets=${OBD2_SECRETS:-/run/secrets}
clients=${OBD2_CLIENTS:-%} # where the users come from
client=mysql
command -v mysql >/dev/null || client=mariadb

password() { # the secret of one user, quoted for SQL
    local text
    text=$(<"$secrets/$1")
    [[ $text =~ ^[A-Za-z0-9._~-]{16,}$ ]] || { echo "secret $1: 16 or more of A-Z a-z 0-9 . _ ~ -" >&2; exit 1; }
    printf "'%s'" "$text"
}

user() { # makes sure that a user has the password of its secret
    local text
    text=$(password "db_$1_password")
    echo "CREATE USER IF NOT EXISTS 'obd2_$1'@'$clients' IDENTIFIED BY $text;"
    echo "ALTER USER 'obd2_$1'@'$clients' IDENTIFIED BY $text;"
}

# Without a root password, root logs in by being root on this machine.
root=''
[ ! -e "$secrets/mysql_root_password" ] || root=$(<"$secrets/mysql_root_password")
sql=$(cat <<SQL
CREATE DATABASE IF NOT EXISTS \`$database\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
$(user migrate)
$(user api)
$(user analyzer)
$(user backup)
-- Only migrations change tables.
GRANT ALL ON \`$database\`.* TO 'obd2_migrate'@'$clients';
GRANT SELECT, INSERT, UPDATE, DELETE ON \`$database\`.* TO 'obd2_api'@'$clients';
GRANT SELECT, INSERT, UPDATE, DELETE ON \`$database\`.* TO 'obd2_analyzer'@'$clients';
-- Dumps read everything, views and triggers included.
GRANT SELECT, INSERT, UPDATE, DELETE, LOCK TABLES, SHOW VIEW, TRIGGER, EVENT ON \`$database\`.* TO 'obd2_backup'@'$clients';
-- Restore drills load a dump here, compare it and throw it away.
CREATE DATABASE IF NOT EXISTS obd2_drill CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
GRANT ALL ON obd2_drill.* TO 'obd2_backup'@'$clients';
SQL
)
"$client" --defaults-extra-file=<(printf '[client]\nuser=root\npassword="%s"\n' "$root") <<<"$sql"
echo "users of $database are made"
