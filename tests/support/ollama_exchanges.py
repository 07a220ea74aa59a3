"""What real Ollama servers answered on the wire, written down for the two versions that were measured.

An exchange is a request (method, path, body), the answer's status and headers, and its text in chunks with the second
each came at. The models were tiny ones with random weights: what they say means nothing.
"""

import json
from typing import Any

from support.fake_ollama import NEWEST, OLDER

Exchange = dict[str, Any]

RAW_BODIES = {"bad json": b"{bad", "empty body": b""}
"""The bodies of exchanges that sent no JSON."""

_JSON, _TEXT, _LINES = "application/json; charset=utf-8", "text/plain; charset=utf-8", "application/x-ndjson"
_AT = "2026-11-21T09:30:05.120000001Z"
_QUESTION: dict[str, Any] = {"model": "tiny", "messages": [{"role": "user", "content": "the car service"}]}
_WHOLE: dict[str, Any] = {**_QUESTION, "stream": False}
_PROPERTIES = {"kind": {"type": "string", "enum": ["fuel", "service"]}, "litres": {"type": "number"}}
_SCHEMA = {
    "type": "object",
    "properties": {**_PROPERTIES, "note": {"type": "string"}},
    "required": ["kind", "litres", "note"],
}
_LONG = {"model": "tiny", "messages": [{"role": "user", "content": "the car " * 3000}], "stream": False}
_SAID = {NEWEST: '{"kind":"fuel","litres" :-0.7e-81,"note" :"} of it"}', OLDER: '{"kind" :"service" ,"litres" :96 ,'}
_SAID[OLDER] += '"note" :"] the oil"}'


def exchanges(version: str) -> list[Exchange]:
    """Return the exchanges of a version, `NEWEST` or `OLDER`."""
    is_newest, said = version == NEWEST, _SAID[version]
    options: dict[str, Any] = {"num_predict": 200, "seed": 1, "temperature": 0.8}
    asked = {**_WHOLE, "format": _SCHEMA, "options": options}
    thinker = {**asked, "model": "thinker"}
    return [
        _exchange("root", "GET", "/", None, "Ollama is running", kind=_TEXT),
        _exchange("version", "GET", "/api/version", None, {"version": version}),
        _exchange("tags", "GET", "/api/tags", None, {"models": [_listed(name, version) for name in _MODELS]}),
        _exchange("ps", "GET", "/api/ps", None, {"models": []}),
        _chat("chat", {**_WHOLE, "options": options}, _reply("tiny", " fue of] litre", 200 if is_newest else 161)),
        _stream("chat stream", {**_QUESTION, "options": {**options, "num_predict": 4}}, " fue} li", "length"),
        _chat("chat schema", asked, _reply("tiny", said, 55, "stop")),
        _stream("chat schema stream", {name: value for name, value in asked.items() if name != "stream"}, said, "stop"),
        _chat(
            "chat schema cut by num_predict",
            {**asked, "options": {**options, "num_predict": 12}},
            _reply("tiny", said[:13], 12),
        ),
        _chat(
            "chat schema cut by a stop word",
            {**asked, "options": {**options, "stop": ["litres"]}},
            _reply("tiny", said[: said.index('"litres')], 21, "stop"),
        ),
        _chat("thinker schema, think unset", thinker, _reply("thinker", "", 20, "stop", thinking='fue}" tot pri"}')),
        _chat("thinker schema, think false", {**thinker, "think": False}, _reply("thinker", said, 55, "stop")),
        _refused("think on a model without it", {**_WHOLE, "think": True}, 400, '"tiny" does not support thinking'),
        _refused("missing model chat", {**_WHOLE, "model": "absent"}, 404, "model 'absent' not found"),
        _refused("missing model chat stream", {**_QUESTION, "model": "absent"}, 404, "model 'absent' not found"),
        # Cut without a word: the newer version keeps about half of the context, the older one all of it.
        _chat(
            "too long, default",
            {**_LONG, "options": {"num_predict": 2}},
            _reply("tiny", " fuel", 2, prompt_tokens=2051 if is_newest else 4096),
        ),
        _refused(
            "too long, truncate false",
            {**_LONG, "truncate": False},
            400,
            _of_engine(
                "request (6017 tokens) exceeds the available context size (4096 tokens), try increasing it",
                "exceed_context_size_error",
                n_prompt_tokens=6017,
                n_ctx=4096,
            )
            if is_newest
            else "the input length exceeds the context length",
        ),
        _refused(
            "bad schema",
            {**_WHOLE, "format": {"type": "foo"}},
            400 if is_newest else 500,
            _of_engine(
                "Field 'json_schema': \"json_schema\": JSON schema conversion failed:\n"
                "JSON schema error at #: unrecognized type foo",
                "invalid_request_error",
            )
            if is_newest
            else "invalid JSON schema in format",
        ),
        _refused(
            "format not an object",
            {**_WHOLE, "format": "xml"},
            500,
            'invalid format: "\\"xml\\""; expected "json" or a valid JSON Schema object',
        ),
        _refused("no model", {"messages": _QUESTION["messages"]}, 400, "model is required"),
        _refused("bad json", None, 400, "invalid character 'b' looking for beginning of object key string"),
        _refused("empty body", None, 400, "missing request body"),
        _refused(
            "wrong option type",
            {**_WHOLE, "options": {"num_ctx": "a"}},
            500,
            'option "num_ctx" must be of type integer',
        ),
        _refused("bad keep_alive", {**_WHOLE, "keep_alive": "60"}, 400, 'time: missing unit in duration "60"'),
        _exchange("host refused", "GET", "/api/version", None, "", status=403, kind=None),
        _chat("preload", {"model": "tiny", "messages": [], "keep_alive": "5m"}, _silent("load")),
        _chat("unload", {"model": "tiny", "messages": [], "keep_alive": 0}, _silent("unload")),
    ]


_MODELS = {"slow": "71.48M", "thinker": "139K", "tiny": "139K"}


def _exchange(
    name: str, method: str, path: str, body: object, answer: object, *, status: int = 200, kind: str | None = _JSON
) -> Exchange:
    text = answer if isinstance(answer, str) else _compact(answer)
    headers = {"content-type": kind} if kind else {}
    return {
        "name": name,
        "method": method,
        "path": path,
        "body": body,
        "status": status,
        "headers": {**headers, "content-length": str(len(text.encode()))},
        "chunks": [[0.01, text]],
    }


def _chat(name: str, body: object, answer: object) -> Exchange:
    return _exchange(name, "POST", "/api/chat", body, answer)


def _refused(name: str, body: object, status: int, error: str) -> Exchange:
    return _exchange(name, "POST", "/api/chat", body, {"error": error}, status=status)


def _stream(name: str, body: object, said: str, reason: str) -> Exchange:
    """Return an answer of one line for every two characters, sent line by line."""
    pieces = [said[at : at + 2] for at in range(0, len(said), 2)]
    steps = [{**_message("tiny", piece), "done": False} for piece in pieces]
    lines = [*steps, _reply("tiny", "", len(pieces), reason)]
    return {
        **_chat(name, body, ""),
        "headers": {"content-type": _LINES, "transfer-encoding": "chunked"},
        "chunks": [[0.002 * number, _compact(line) + "\n"] for number, line in enumerate(lines, start=5)],
    }


def _reply(
    model: str, said: str, tokens: int, reason: str = "length", *, prompt_tokens: int = 19, **more: str
) -> dict[str, Any]:
    counts = {"prompt_eval_count": prompt_tokens, "prompt_eval_duration": 3_570_000, "eval_count": tokens}
    times = {"total_duration": 328_868_259, "load_duration": 267_552_159}
    end = {"done": True, "done_reason": reason, **times, **counts, "eval_duration": 51_200_000}
    return {**_message(model, said, **more), **end}


def _silent(reason: str) -> dict[str, Any]:
    return {**_message("tiny", ""), "done": True, "done_reason": reason}


def _message(model: str, content: str, **more: str) -> dict[str, Any]:
    return {"model": model, "created_at": _AT, "message": {"role": "assistant", "content": content, **more}}


def _of_engine(message: str, kind: str, **more: int) -> str:
    """Return an error of the newer version's engine: a document inside the text."""
    return _compact({"error": {"code": 400, "message": message, "type": kind, **more}})


def _listed(name: str, version: str) -> dict[str, Any]:
    details = {"parent_model": "", "format": "gguf", "family": "llama", "families": ["llama"]}
    details |= {"parameter_size": _MODELS[name], "quantization_level": "unknown"}
    known: dict[str, Any] = {"name": f"{name}:latest", "model": f"{name}:latest", "modified_at": _AT, "size": 569_351}
    known |= {"digest": "ab" * 32, "details": details}
    if version == NEWEST:
        details |= {"context_length": 4096, "embedding_length": 64}  # type: ignore[dict-item]
        known["capabilities"] = ["completion", *(["thinking"] if name == "thinker" else [])]
    return known


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)
