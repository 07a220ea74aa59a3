#!/bin/sh
# Gives podman every secret of a folder, as obd2-<file>; prints those that were new or different. --check only prints.
set -eu
folder=${1:?the folder of the secrets}
mode=${2:-}
for file in "$folder"/*; do
    [ -f "$file" ] || continue
    name=obd2-${file##*/}
    # Compared inside the shell, so that no secret is an argument of a program.
    known=$(podman secret inspect --showsecret --format '{{.SecretData}}' "$name" 2>/dev/null || true)
    [ "$known" != "$(cat "$file")" ] || continue
    echo "$name"
    [ "$mode" = --check ] || podman secret create --replace "$name" "$file" >/dev/null
done
