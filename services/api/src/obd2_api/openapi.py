"""Writes the api's OpenAPI document: ``python -m obd2_api.openapi docs/openapi.json``."""

import json
import sys
from pathlib import Path

from pydantic import SecretStr

from obd2_api.app import create_app
from obd2_api.settings import ApiSettings
from obd2_common.db.database import Database

_ANY_KEY = "only-to-build-the-document"


def openapi_text() -> str:
    """Return the OpenAPI document as it is kept in the repository: the defaults' own, whatever the environment says."""
    settings = ApiSettings.model_construct(api_key=SecretStr(_ANY_KEY))
    app = create_app(settings, Database("sqlite://"))
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the document to the path given on the command line."""
    (path,) = sys.argv[1:]
    Path(path).write_text(openapi_text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
