"""What an Ollama server answers, as measured on versions 0.32.15 and 0.24.0, without a server around it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

CREATED_AT = "2026-07-11T18:02:44.918204Z"
SCHEMA_TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}
TRAINED_LENGTH = 131_072
TEMPLATE_TOKENS = 16
CHARACTERS_PER_TOKEN = 2
MILLISECOND = 1_000_000


@dataclass(frozen=True)
class FakeModel:
    """A model the server has; a thinker thinks unless it is told not to."""

    name: str
    digest: str = "4ddf68187c363d1c7b47e5d5382e5b8826fdc6c853586d0bb5450949b93acb1d"
    is_thinker: bool = False


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; ``lines`` are sent one by one when the answer is a stream."""

    status: int
    body: bytes = b""
    content_type: str | None = "application/json; charset=utf-8"
    lines: tuple[bytes, ...] = field(default=())

    @property
    def is_stream(self) -> bool:
        """Tell whether the answer comes in lines."""
        return bool(self.lines)


def document(status: int, content: Mapping[str, Any]) -> Answer:
    """Return a JSON answer, written as compactly as the server does."""
    return Answer(status, json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode())


def error(status: int, text: str) -> Answer:
    """Return an error in the server's shape."""
    return document(status, {"error": text})


def engine_error(status: int, **inner: Any) -> Answer:  # noqa: ANN401
    """Return an error of the engine as newer versions do: JSON inside the string."""
    return error(status, json.dumps({"error": {"code": status, **inner}}, separators=(",", ":")))


def plain(status: int, text: str) -> Answer:
    """Return a text that is no JSON."""
    return Answer(status, text.encode(), "text/plain; charset=utf-8")


def tags(models: list[FakeModel], version: str) -> Answer:
    """List the models."""
    listed = []
    for model in models:
        name = full_name(model.name)
        details: dict[str, Any] = {
            "parent_model": "",
            "format": "gguf",
            "family": "llama",
            "families": ["llama"],
            "parameter_size": "8.0B",
            "quantization_level": "Q4_K_M",
        }
        entry: dict[str, Any] = {
            "name": name,
            "model": name,
            "modified_at": CREATED_AT,
            "size": 4_920_753_328,
            "digest": model.digest,
            "details": details,
        }
        if is_new(version):
            details |= {"context_length": TRAINED_LENGTH, "embedding_length": 4096}
            entry["capabilities"] = ["completion", *(["thinking"] if model.is_thinker else [])]
        listed.append(entry)
    return document(200, {"models": listed})


def check_chat(body: bytes, models: list[FakeModel], version: str) -> tuple[dict[str, Any], FakeModel] | Answer:
    """Return the request and its model, or the error the server answers at once."""
    if not body.strip():
        return error(400, "missing request body")
    try:
        request = json.loads(body)
    except ValueError:
        letter = re.sub(rb"[\s{]", b"", body)[:1].decode(errors="replace")
        return error(400, f"invalid character '{letter}' looking for beginning of object key string")
    name = request.get("model")
    if not name:
        return error(400, "model is required")
    model = find(models, name)
    if model is None:
        return error(404, f"model '{name}' not found")
    wrong = _check_options(request, model) or _check_format(request, version) or _check_length(request, version)
    return wrong or (request, model)


def _check_options(request: Mapping[str, Any], model: FakeModel) -> Answer | None:
    keep_alive = request.get("keep_alive")
    if isinstance(keep_alive, str) and re.fullmatch(r"-?\d+", keep_alive):
        return error(400, f'time: missing unit in duration "{keep_alive}"')
    for option in ("num_ctx", "num_predict"):
        if not isinstance(request.get("options", {}).get(option, 1), int):
            return error(500, f'option "{option}" must be of type integer')
    if request.get("think") and not model.is_thinker:
        return error(400, f'"{request["model"]}" does not support thinking')
    return None


def _check_format(request: Mapping[str, Any], version: str) -> Answer | None:
    wanted = request.get("format")
    if wanted in (None, "", "json"):
        return None
    if not isinstance(wanted, dict):
        return error(
            500,
            f'invalid format: "{json.dumps(json.dumps(wanted))[1:-1]}"; expected "json" or a valid JSON Schema object',
        )
    kind = wanted.get("type", "object")
    if kind in SCHEMA_TYPES:
        return None
    if is_new(version):
        text = (
            "Field 'json_schema': \"json_schema\": JSON schema conversion failed:\n"
            f"JSON schema error at #: unrecognized type {kind}"
        )
        return engine_error(400, message=text, type="invalid_request_error")
    return error(500, "invalid JSON schema in format")


def _check_length(request: Mapping[str, Any], version: str) -> Answer | None:
    num_ctx, tokens = _num_ctx(request), prompt_tokens(request)
    if tokens <= num_ctx or request.get("truncate") is not False:
        return None
    if is_new(version):
        text = f"request ({tokens} tokens) exceeds the available context size ({num_ctx} tokens), try increasing it"
        return engine_error(400, message=text, type="exceed_context_size_error", n_prompt_tokens=tokens, n_ctx=num_ctx)
    return error(400, "the input length exceeds the context length")


def chat(request: Mapping[str, Any], model: FakeModel, reply: str, version: str) -> Answer:
    """Return the model's reply, cut where the request's options say so."""
    name = request["model"]
    if not request.get("messages"):
        reason = "unload" if request.get("keep_alive") == 0 else "load"
        return document(200, {**_message(name, ""), "done": True, "done_reason": reason})
    pieces = [reply[at : at + CHARACTERS_PER_TOKEN] for at in range(0, len(reply), CHARACTERS_PER_TOKEN)]
    limit = request.get("options", {}).get("num_predict", 256)
    reason = "length" if len(pieces) > limit else "stop"
    thinks = model.is_thinker and request.get("think") is not False
    kept = [] if thinks else pieces[:limit]
    tokens, num_ctx = prompt_tokens(request), _num_ctx(request)
    if tokens > num_ctx:
        tokens = num_ctx // 2 + 3 if is_new(version) else num_ctx
    last = {
        "done": True,
        "done_reason": reason,
        "total_duration": 30 * MILLISECOND,
        "load_duration": 2 * MILLISECOND,
        "prompt_eval_count": tokens,
        "prompt_eval_duration": 8 * MILLISECOND,
        "eval_count": len(pieces[:limit]),
        "eval_duration": 20 * MILLISECOND,
    }
    thought = {"thinking": reply} if thinks else {}
    if request.get("stream", True):
        steps = [{**_message(name, piece), "done": False} for piece in kept]
        if thinks:
            steps = [{**_message(name, "", **thought), "done": False}]
        return stream([*steps, {**_message(name, ""), **last}])
    return document(200, {**_message(name, "".join(kept), **thought), **last})


def stream(steps: list[dict[str, Any]]) -> Answer:
    """Return an answer in lines."""
    lines = tuple(json.dumps(step, separators=(",", ":")).encode() + b"\n" for step in steps)
    return Answer(200, content_type="application/x-ndjson", lines=lines)


def pull(name: str, *, is_there: bool) -> Answer:
    """Return the progress of a pull, or the error line of one that cannot be."""
    if not is_there:
        return stream([{"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}])
    layer = {"status": f"pulling {name[:12]}", "digest": "sha256:aa11", "total": 4000}
    return stream(
        [
            {"status": "pulling manifest"},
            *({**layer, "completed": done} for done in (0, 1000, 4000)),
            {"status": "verifying sha256 digest"},
            {"status": "success"},
        ]
    )


def minimal_instance(schema: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return the smallest document a schema allows, what a model with nothing to say would write."""
    schema = schema["anyOf"][-1] if "anyOf" in schema else schema
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type", "object"):
        case "object":
            wanted = schema.get("required", ())
            return {
                name: minimal_instance(part) for name, part in schema.get("properties", {}).items() if name in wanted
            }
        case "array":
            return [minimal_instance(schema.get("items", {})) for _ in range(schema.get("minItems", 0))]
        case "string":
            return "nothing"
        case "integer" | "number":
            return schema.get("minimum", 0)
        case _:
            return None


def prompt_tokens(request: Mapping[str, Any]) -> int:
    """Count the words of a prompt, which is what a token is to this server."""
    return TEMPLATE_TOKENS + sum(len(str(message.get("content")).split()) for message in request.get("messages") or ())


def find(models: list[FakeModel], name: str) -> FakeModel | None:
    """Return the model of a name, with or without its tag."""
    return next((model for model in models if full_name(model.name) == full_name(name)), None)


def full_name(name: str) -> str:
    """Return a name with its tag."""
    return name if ":" in name else f"{name}:latest"


def is_new(version: str) -> bool:
    """Tell whether a version behaves like the newer one of the two that were measured."""
    return int(version.split(".")[1]) >= 30


def split_lines(answer: Answer) -> Iterator[bytes]:
    """Yield what is sent: lines of a stream in odd pieces, since a line may span several reads."""
    for line in answer.lines:
        middle = len(line) // 2
        yield line[:middle]
        yield line[middle:]


def _num_ctx(request: Mapping[str, Any]) -> int:
    return int(request.get("options", {}).get("num_ctx", 4096))


def _message(name: str, content: str, **more: str) -> dict[str, Any]:
    return {
        "model": name,
        "created_at": CREATED_AT,
        "message": {"role": "assistant", "content": content, **more},
    }
