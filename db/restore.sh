#!/bin/bash
# Puts a dump in the database's place, and touches nothing before the dump has proved whole. Steps, in this order:
#   load    the dump on standard input goes into a scratch schema beside the database, and is checked there
#   swap    the scratch becomes the database, what was there becomes <database>_before
#   back    undoes swap; what the database held meanwhile is dropped
#   finish  drops <database>_before
#   exists  tells by its exit status whether there is a database to lose
# Without a step: load, swap and finish.
set -euo pipefail
database=${OBD2_DATABASE:-obd2db}
scratch=${database}_restore
before=${database}_before
client=mysql
command -v mysql >/dev/null || client=mariadb

sql() {
    "$client" --defaults-extra-file=<(printf '[client]\nuser=root\npassword="%s"\n' "$(</run/secrets/mysql_root_password)") \
        --default-character-set=utf8mb4 --batch --skip-column-names "$@"
}

make_schema() {
    sql <<<"DROP DATABASE IF EXISTS \`$1\`; CREATE DATABASE \`$1\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
}

tables_of() {
    sql <<<"SELECT table_name FROM information_schema.tables WHERE table_schema = '$1' ORDER BY table_name"
}

has_schema() {
    [ -n "$(sql <<<"SELECT 1 FROM information_schema.schemata WHERE schema_name = '$1'")" ]
}

renames() { # prints what moves every table of one schema to another
    local table
    for table in $(tables_of "$1"); do printf '`%s`.`%s` TO `%s`.`%s`\n' "$1" "$table" "$2" "$table"; done
}

rename() { # all of them in one statement: the database is never half one, half the other
    sed '1s/^/RENAME TABLE /; $!s/$/,/' | sql
}

# A dump names the database it replaces; here it must not. A line of data never begins like that: it has no line ends.
without_its_name() {
    LC_ALL=C awk '/^(\/\*!40000 )?DROP DATABASE / || /^CREATE DATABASE / || /^USE / { next }
        { print; last = $0 }
        END { if (last !~ /^-- Dump completed/) { print "it ends too early" >"/dev/stderr"; exit 1 } }'
}

load() {
    make_schema "$scratch"
    if without_its_name | sql "$scratch" && [ "$(sql "$scratch" <<<'SELECT COUNT(*) FROM alembic_version')" = 1 ]; then
        return
    fi
    sql <<<"DROP DATABASE \`$scratch\`"
    echo "that is no whole dump of OBD2-Server; the database is untouched" >&2
    exit 1
}

swap() {
    has_schema "$scratch" || { echo "nothing is loaded" >&2; exit 1; }
    sql <<<"CREATE DATABASE IF NOT EXISTS \`$database\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    make_schema "$before"
    { renames "$database" "$before"; renames "$scratch" "$database"; } | rename
    sql <<<"DROP DATABASE \`$scratch\`"
}

back() {
    has_schema "$before" || { echo "nothing was swapped" >&2; exit 1; }
    make_schema "$scratch"
    { renames "$database" "$scratch"; renames "$before" "$database"; } | rename
    sql <<<"DROP DATABASE \`$scratch\`; DROP DATABASE \`$before\`"
}

finish() {
    sql <<<"DROP DATABASE IF EXISTS \`$before\`"
}

exists() {
    [ -n "$(tables_of "$database")" ]
}

case ${1:-all} in
load | swap | back | finish | exists) "$1" ;;
all)
    load
    swap
    finish
    ;;
*)
    echo "load, swap, back, finish or exists" >&2
    exit 2
    ;;
esac
