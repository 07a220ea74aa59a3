"""Chooses, for a request, which recorded exchange of a real Ollama server answers it.

The recordings are lists of exchanges: method, path, body, status, headers, and chunks with the second each came at.
"""

import json
from typing import Any

KNOWN_MODEL, UNKNOWN_MODEL, THINKER = "tiny", "absent", "thinker"
"""What the models of the recordings are called."""
LONG_PROMPT_CHARACTERS = 20_000

Exchange = dict[str, Any]


def choose(recorded: list[Exchange], method: str, path: str, raw: bytes, *, has_model: bool) -> Exchange | None:
    """Return the exchange whose request is most like this one, None when nothing of the path was recorded.

    Args:
        recorded: all exchanges, in their order; of equals the first is taken.
        method: of the request.
        path: of the request.
        raw: the request's body.
        has_model: whether the server has the model that is asked for.
    """
    wanted = traits(raw, has_model=has_model)
    fitting = [
        (len(wanted ^ found), exchange)
        for exchange in recorded
        if (exchange["method"], exchange["path"]) == (method, path) and exchange["name"] != "host refused"
        if (found := traits_of(exchange)) & DECISIVE == wanted & DECISIVE
    ]
    return min(fitting, key=lambda pair: pair[0])[1] if fitting else None


DECISIVE = {"missing", "nameless", "empty", "bad", "silent", "unload", "stream", "format"}
"""What an exchange must have in common with the request to be an answer at all."""


def traits_of(exchange: Exchange) -> set[str]:
    """Return what marks a recorded request."""
    if exchange["body"] is None:
        return {"bad"} if exchange["name"] == "bad json" else traits(b"", has_model=True)
    body = exchange["body"]
    return traits(json.dumps(body).encode(), has_model=body.get("model") != UNKNOWN_MODEL)


def traits(raw: bytes, *, has_model: bool) -> set[str]:
    """Return what marks a request: what it lacks, and what it asks for."""
    if not raw.strip():
        return {"empty"}
    try:
        body = json.loads(raw)
    except ValueError:
        return {"bad"}
    options = body.get("options", {})
    found = {
        "missing": not has_model,
        "nameless": "model" not in body,
        "thinker": str(body.get("model", "")).startswith(THINKER),
        "stream": body.get("stream", True) and body.get("messages") != [],
        "format": isinstance(body.get("format"), dict),
        "unusable format": "format" in body and not _is_usable(body["format"]),
        "silent": body.get("messages") == [],
        "unload": body.get("keep_alive") == 0,
        "keep alive without unit": str(body.get("keep_alive", "")).isdigit() and body.get("keep_alive") != 0,
        "wrong option": any(not isinstance(options.get(name, 1), int) for name in ("num_ctx", "num_predict")),
        "short": options.get("num_predict", 200) < 20 if isinstance(options.get("num_predict", 200), int) else False,
        "stop word": "stop" in options,
        "thinks": body.get("think") is True,
        "does not think": body.get("think") is False,
        "long": len(raw) > LONG_PROMPT_CHARACTERS,
        "must fit": body.get("truncate") is False and len(raw) > LONG_PROMPT_CHARACTERS,
    }
    return {name for name, is_so in found.items() if is_so}


def _is_usable(wanted: object) -> bool:
    kinds = {"object", "array", "string", "number", "integer", "boolean", "null", None}
    return wanted in ("json", "", None) or (isinstance(wanted, dict) and wanted.get("type") in kinds)


def named(text: str, model: str) -> str:
    """Return a recorded text with the model asked for in place of the one that was recorded."""
    for recorded in (KNOWN_MODEL, THINKER, UNKNOWN_MODEL):
        for quote in ('"', "'", '\\"'):
            text = text.replace(f"{quote}{recorded}{quote}", f"{quote}{model}{quote}")
    return text


def listing(recorded: list[Exchange], models: list[str]) -> str:
    """Return the recorded list of models, holding these instead."""
    found = next(exchange for exchange in recorded if exchange["path"] == "/api/tags")
    document = json.loads("".join(text for _, text in found["chunks"]))
    entry = next(model for model in document["models"] if model["name"].startswith(KNOWN_MODEL))
    return json.dumps({"models": [{**entry, "name": name, "model": name} for name in models]})
