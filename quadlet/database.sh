#!/usr/bin/env bash
# What `make backup`, `dumps`, `dump-check` and `restore` do, for the stack on podman:
# database.sh dump FOLDER | dumps | check WHAT | restore WHAT; WHAT is file=FILE of a dump, or dump=NAME as `dumps` shows it.
set -euo pipefail
writers=(obd2-api.service obd2-analyzer.service obd2-backup.service)
unit=/etc/containers/systemd/obd2-backup.container

give() { # exports the settings of a file, from which podman hands on those that a service reads
    local line value
    while read -r line || [[ -n $line ]]; do
        [[ $line =~ ^[A-Za-z_][A-Za-z0-9_]*= ]] || continue
        value=${line#*=}
        [[ ! $value =~ ^\"(.*)\"$ && ! $value =~ ^\'(.*)\'$ ]] || value=${BASH_REMATCH[1]}
        export "${line%%=*}=$value"
    done <"$1"
}

vault() ( # runs `obd2 backups` in a container of its own, with what its unit gives it
    section='' options=(--rm --pull never --read-only --cap-drop all --network obd2-data --entrypoint obd2)
    while IFS='=' read -r key value; do
        [[ $key != \[* ]] || section=$key
        if [[ $section = "[Service]" ]]; then
            [[ $key != EnvironmentFile ]] || give "$value"
            continue
        fi
        case $key in
        Image) image=$value ;;
        User) options+=(--user "$value:$value") ;;
        EnvironmentFile) options+=(--env-file "$value") ;;
        Environment) options+=(--env "$value") ;;
        Secret) options+=(--secret "$value") ;;
        Volume) options+=(--volume "$value") ;;
        Tmpfs) options+=(--tmpfs "$value") ;;
        esac
    done <"$unit"
    podman run "${options[@]}" "$image" backups "$@" </dev/null
)

sql() {
    case $1 in
    dump=*) vault sql "${1#dump=}" ;;
    file=*) gunzip -c "${1#file=}" ;;
    *) echo "file=FILE or dump=NAME" >&2 && exit 2 ;;
    esac
}

check() { sql "$1" | tail -n 1 | grep -q '^-- Dump completed' || { echo "$1 is no complete dump" >&2 && exit 1; }; }

dump() { # writes the whole database into a new file of the folder and prints its name
    local file
    file=$1/obd2db-$(date -u +%Y-%m-%dT%H-%M-%SZ).sql.gz
    install -d -m 0700 "$1"
    if podman exec obd2-mysql obd2-dump | gzip >"$file.part" && check "file=$file.part"; then
        mv "$file.part" "$file"
        echo "$file"
    else
        rm -f "$file.part"
        echo "the dump failed; nothing was kept" >&2
        exit 1
    fi
}

restore() { # replaces the database, brings it to the schema of the installed version and starts that
    check "$1"
    systemctl stop "${writers[@]}" obd2-migrate.service
    sql "$1" | podman exec -i obd2-mysql obd2-restore
    systemctl start obd2-migrate.service
    [[ $1 != dump=* ]] || vault adopt
    systemctl start "${writers[@]}"
}

case ${1:-} in
dump) dump "${2:?the folder of the dumps}" ;;
dumps) vault dumps ;;
check) check "${2:?what}" ;;
restore) restore "${2:?what}" ;;
*) sed -n '2,3p' "$0" >&2 && exit 2 ;;
esac
