#!/usr/bin/env bash
# Runs on the host, by `make upgrade` and `make rollback`: another version of the services with the database taken along,
# and the way back when it does not become healthy. Expects COMPOSE (the compose command), DUMPS_DIR and MAKE_BACKUP.
set -euo pipefail

record=$DUMPS_DIR/last-upgrade
writers=(api analyzer backup)

compose() { $COMPOSE "$@"; }

image_of() { # the name of the image, or with .Image its id, that a service's container was made from
    local container
    container=$(compose ps --quiet --all "$1" | head -n 1)
    [ -z "$container" ] || docker inspect --format "{{${2:-.Config.Image}}}" "$container"
}

running_version() { # the tag of the image the api runs on; nothing when it does not run
    image_of api | sed 's/.*://'
}

# A build under the version that runs takes its name away, and with it the way back.
keep_running_images() {
    local service id
    for service in "${writers[@]}" ollama; do
        id=$(image_of "$service" .Image)
        [ -z "$id" ] || docker tag "$id" "obd2-$service:$1"
    done
}

start_and_wait() {
    compose up --detach --wait --wait-timeout "${WAIT_SECONDS:-300}" mysql "${writers[@]}" ollama
}

go_back() {
    local version dump
    read -r version dump <"$record"
    echo "going back to $version with the database of $dump" >&2
    compose stop "${writers[@]}"
    gunzip -c "$dump" | compose exec -T mysql obd2-restore
    OBD2_VERSION=$version start_and_wait
    echo "back at $version; set OBD2_VERSION=$version in .env until the cause is found" >&2
}

wanted_version() {
    compose config --images | sed -n 's/^obd2-api://p' | head -n 1
}

upgrade() {
    local previous dump
    previous=$(running_version)
    [ -n "$previous" ] || { echo "nothing runs yet: make up" >&2; exit 1; }
    if [ "$previous" = "$(wanted_version)" ]; then
        previous+=-previous
        keep_running_images "$previous"
    fi
    [ "${BUILD:-yes}" = no ] || compose build
    # Nobody writes from here on, so that the dump is what the way back needs. The Pi keeps its rows meanwhile.
    compose stop "${writers[@]}"
    if ! dump=$($MAKE_BACKUP | tail -n 1); then
        start_previous "$previous"
        exit 1
    fi
    printf '%s %s\n' "$previous" "$dump" >"$record"
    if compose run --rm migrate && start_and_wait; then
        echo "upgraded from $previous to $(running_version)"
        return
    fi
    go_back
    exit 1
}

start_previous() {
    echo "the dump failed; nothing was changed" >&2
    OBD2_VERSION=$1 start_and_wait
}

case ${1:-} in
upgrade) upgrade ;;
rollback)
    [ -f "$record" ] || { echo "no upgrade is on record in $record" >&2; exit 1; }
    go_back
    ;;
*)
    echo "upgrade or rollback" >&2
    exit 2
    ;;
esac
