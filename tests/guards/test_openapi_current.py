"""The committed OpenAPI document and the typed client made from it tell what the routers say."""

import subprocess
import sys
from pathlib import Path

import msgspec

from rejoinder.server.app import openapi_document

ROOT = Path(__file__).resolve().parents[2]


def test_the_openapi_document_is_current() -> None:
    kept = msgspec.json.decode((ROOT / "frontend/openapi.json").read_bytes())
    made = msgspec.json.decode(msgspec.json.encode(openapi_document()))
    assert kept == made, "run `make openapi`"


def test_the_typed_client_is_current(tmp_path: Path) -> None:
    made = tmp_path / "schema.d.ts"
    command = [
        sys.executable,
        "hatch_build.py",
        "npm",
        "exec",
        "--",
        "openapi-typescript",
        "openapi.json",
        "-o",
        str(made),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert made.read_text() == (ROOT / "frontend/src/api/schema.d.ts").read_text(), "run `make openapi`"
