#!/bin/bash
# Healthy is: the api's user can log in over TCP and ask its database something.
set -euo pipefail
client=mysql
command -v mysql >/dev/null || client=mariadb
exec "$client" --defaults-extra-file=<(printf '[client]\nuser=obd2_api\npassword="%s"\n' "$(</run/secrets/db_api_password)") \
    --protocol=tcp --host=127.0.0.1 --connect-timeout=3 --silent --execute 'SELECT 1' "${OBD2_DATABASE:-obd2db}" >/dev/null
