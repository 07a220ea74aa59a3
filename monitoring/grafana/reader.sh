#!/bin/bash
# Makes the database user of Grafana, or gives it another password: it reads derived tables, no row of a device and no key.
set -euo pipefail
database=${OBD2_DATABASE:-obd2db}
client=mysql
command -v mysql >/dev/null || client=mariadb
password=$(</run/secrets/db_grafana_password)
[[ $password =~ ^[A-Za-z0-9_-]{16,}$ ]] || { echo "db_grafana_password must be 16 or more letters, digits, - or _" >&2; exit 2; }
{
    printf "CREATE USER IF NOT EXISTS 'obd2_grafana'@'%%';\n"
    printf "ALTER USER 'obd2_grafana'@'%%' IDENTIFIED BY '%s' WITH MAX_USER_CONNECTIONS 8;\n" "$password"
    for table in drives drive_parameter_statistics drive_map_cells drive_trouble_codes findings; do
        printf 'GRANT SELECT ON `%s`.`%s` TO '"'obd2_grafana'@'%%'"';\n' "$database" "$table"
    done
} | "$client" --defaults-extra-file=<(printf '[client]\nuser=root\npassword="%s"\n' "$(</run/secrets/mysql_root_password)")
