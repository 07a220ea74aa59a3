#!/bin/sh
# Fetches the model when it is missing and has the running server load it. Ends with 0 when the model can be used.
set -eu

modelfile=/usr/local/share/obd2/Modelfile
own=127.0.0.1:11435

# A server of its own does the fetching: the one that answers has no way out.
OLLAMA_HOST=$own ollama serve &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
tries=0
until OLLAMA_HOST=$own ollama list >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -ge 60 ]; then
        echo "the fetching server did not start" >&2
        exit 1
    fi
    sleep 1
done

if OLLAMA_HOST=$own ollama show "$OLLAMA_MODEL" >/dev/null 2>&1; then
    echo "$OLLAMA_MODEL is there"
elif [ "${OLLAMA_MODEL%%:*}" = obd2-mechanic ]; then
    OLLAMA_HOST=$own ollama pull "$(sed -n 's/^FROM //p' "$modelfile")"
    OLLAMA_HOST=$own ollama create "$OLLAMA_MODEL" -f "$modelfile"
else
    OLLAMA_HOST=$own ollama pull "$OLLAMA_MODEL"
fi

# An empty prompt loads the model and says nothing, so that the first analysis does not wait for it.
OLLAMA_HOST=$OLLAMA_SERVER ollama run "$OLLAMA_MODEL" "" >/dev/null || echo "$OLLAMA_MODEL could not be loaded yet" >&2
