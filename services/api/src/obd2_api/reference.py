"""Writes every path of the api into a page: ``python -m obd2_api.reference docs/api.md``."""

import json
import re
import sys
from pathlib import Path
from typing import Any

from obd2_api.openapi import openapi_text

BEGIN = "<!-- reference: written by `make docs` from the code -->"
END = "<!-- end of the reference -->"
EVERYWHERE = frozenset({"401", "403", "429", "500"})
"""Answers that mean the same on every path."""

Document = dict[str, Any]
_SAYS_NOTHING = "Successful Response"


def reference(document: Document) -> str:
    """Return a section per tag of an OpenAPI document and, in it, a paragraph per operation."""
    common = (
        "401 (the key), 403 (the key does not allow it), 429 (too many wrong keys), 500 (a fault of the server) and "
        "503 (no database)"
    )
    parts = [f"Besides what is listed, every path but `/health` may answer {common}."]
    for tag in document["tags"]:
        parts.append(f"### {tag['name'].capitalize()}\n\n{tag['description']}")
        parts += [
            _operation(document, method, path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if tag["name"] in operation["tags"]
        ]
    return "\n\n".join(parts)


def with_reference(page: str, document: Document) -> str:
    """Return a page with the reference between its two marks.

    Raises:
        ValueError: the page lacks a mark.
    """
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not rest or END not in rest:
        raise ValueError(f"the page has no place for the reference: {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{reference(document)}\n\n{END}{after}"


def main() -> int:
    """Write the reference into the page given on the command line."""
    page = Path(sys.argv[1])
    page.write_text(with_reference(page.read_text(encoding="utf-8"), json.loads(openapi_text())), encoding="utf-8")
    return 0


def _operation(document: Document, method: str, path: str, operation: Document) -> str:
    scopes = sorted({scope for way in operation.get("security", []) for names in way.values() for scope in names})
    rows = [f"| scope | {' or '.join(f'`{scope}`' for scope in scopes)} | |"] if scopes else []
    rows += [
        f"| {parameter['in']} | `{parameter['name']}`{'' if parameter.get('required') else ', optional'} "
        f"| {_cell(parameter['description'])} |"
        for parameter in sorted(operation.get("parameters", []), key=lambda named: _place(path, named))
        if "name" in parameter
    ]
    rows += [
        f"| body | {_body(document, kind, content.get('schema', {}))} | |"
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
    ]
    rows += [
        f"| {status} | {_contents(document, answer)} | {_cell(answer['description'].replace(_SAYS_NOTHING, ''))} |"
        for status, answer in operation["responses"].items()
        if status not in EVERYWHERE and not _is_the_usual_503(status, answer)
    ]
    said = " ".join(operation["description"].split("\n\n")[0].split())
    heading = f"#### `{method.upper()} {path}`\n\n**{operation['summary']}.** {said}"
    return "\n".join([f"{heading}\n", "| | | |", "|---|---|---|", *rows])


def _place(path: str, parameter: Document) -> int:
    """Return where a parameter stands in the path; those that stand nowhere in it come after all that do."""
    place = path.find(f"{{{parameter.get('name')}}}")
    return len(path) if place < 0 else place


def _is_the_usual_503(status: str, answer: Document) -> bool:
    return status == "503" and answer["description"].startswith("The database ")


def _body(document: Document, media_type: str, schema: Document) -> str:
    members = _members(document, schema)
    return f"`{media_type}`: {members}" if members else f"`{media_type}`"


def _contents(document: Document, answer: Document) -> str:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return _members(document, schema)


def _members(document: Document, schema: Document) -> str:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return ", ".join(f"`{name}`" for name in schema.get("properties", {}))


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
