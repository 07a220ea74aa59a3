#!/usr/bin/env bash
# Runs on the host, by `make obd2`: the obd2 command in a container of its own, with the stack's database, key and vault.
# `backups` needs what the backup service has, `profile` what the analyzer has, everything else what the api has. Expects COMPOSE (the compose command)
# and EXCHANGE_DIR, the command's working folder, where files come from and go to.
set -euo pipefail

service=api
for argument in "$@"; do
    case $argument in
    -*) continue ;;
    backups) service=backup ;;
    profile) service=analyzer ;;
    esac
    break
done
# The folder around it keeps people out: the command runs as the user of its service and must be able to write.
install -d -m 0700 "$(dirname "$EXCHANGE_DIR")"
install -d -m 0777 "$EXCHANGE_DIR"
terminal=()
[[ -t 0 && -t 1 ]] || terminal=(--no-TTY)
exec $COMPOSE --progress quiet run --rm --no-deps "${terminal[@]}" --volume "$(realpath "$EXCHANGE_DIR"):/exchange" \
    --workdir /exchange --env OBD2_URL=http://api:8000 --entrypoint obd2 "$service" "$@"
