#!/usr/bin/env bash
# Runs on the host, by `make restore`: another database in the present one's place, and the way back when the services do
# not become healthy on it. The dump is loaded and checked beside the running database first. Expects COMPOSE (the
# compose command), MAKE_BACKUP, and as arguments the command that writes the dump's SQL; AFTERWARDS is run in the end.
set -euo pipefail

writers=(api analyzer backup)

compose() { $COMPOSE "$@"; }

database() { compose exec -T mysql obd2-restore "$@"; }

start_and_wait() {
    compose up --detach --wait --wait-timeout "${WAIT_SECONDS:-300}" "${writers[@]}"
}

become() {
    database swap </dev/null && compose run --rm migrate </dev/null && { [ -z "${AFTERWARDS:-}" ] || $AFTERWARDS </dev/null; } \
        && start_and_wait
}

if [ "${YES:-}" != 1 ]; then
    [ -t 0 ] || { echo "this replaces the database: make restore … yes=1" >&2; exit 1; }
    read -r -p "This replaces the database. What it holds now is dumped first. Go on? [y/N] " answer
    [[ $answer == [yY]* ]] || { echo "nothing was changed" >&2; exit 1; }
fi
"$@" </dev/null | database load || { echo "The service runs on the database of before." >&2; exit 1; }
# Nobody writes from here on, so that the dump holds everything. The Pi keeps its rows meanwhile.
compose stop "${writers[@]}"
present=no
if [ -z "${NO_DUMP:-}" ]; then
    if database exists </dev/null; then
        if ! present=$($MAKE_BACKUP | tail -n 1); then
            start_and_wait
            echo "the present database could not be dumped; nothing was changed (nodump=1 goes on without)" >&2
            exit 1
        fi
    else
        present="there was no database"
    fi
fi
if become; then
    database finish </dev/null
    echo "restored; what was there before is kept: $present"
else
    compose stop "${writers[@]}"
    database back </dev/null
    start_and_wait
    echo "the services do not run on that dump; everything is as it was before" >&2
    exit 1
fi
