#!/bin/bash
# Changes a service's password: `obd2-rotate api set` reads the new one from standard input and leaves the old one valid,
# `obd2-rotate api finish` takes the old one away.
set -euo pipefail
user=$1 step=$2
[[ $user =~ ^(migrate|api|analyzer|backup)$ ]] || { echo "no such user: $user" >&2; exit 2; }
client=mysql
command -v mysql >/dev/null || client=mariadb

run() {
    "$client" --defaults-extra-file=<(printf '[client]\nuser=root\npassword="%s"\n' "$(</run/secrets/mysql_root_password)") <<<"$1"
}

case $step in
set)
    read -r password
    [[ $password =~ ^[A-Za-z0-9._~-]{16,}$ ]] || { echo "16 or more of A-Z a-z 0-9 . _ ~ -" >&2; exit 2; }
    retain='RETAIN CURRENT PASSWORD'
    [ "$client" = mysql ] || retain=
    run "ALTER USER 'obd2_$user'@'%' IDENTIFIED BY '$password' $retain"
    ;;
finish)
    [ "$client" = mariadb ] || run "ALTER USER 'obd2_$user'@'%' DISCARD OLD PASSWORD"
    ;;
*)
    echo "set or finish" >&2
    exit 2
    ;;
esac
