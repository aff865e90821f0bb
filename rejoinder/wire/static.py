"""Serve the built web assets: pages, hashed files, their pre-compressed twins. Read once into memory at start (about 1 MB).

Files under assets/ have their content in their name and are cached for ever; everything else is asked for again by ETag.
"""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from rejoinder.units.errors import Missing, Unavailable

ROOT = Path(__file__).resolve().parent.parent / "static"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_FOR_EVER, _ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file with what its answer needs; `bodies` by content encoding, "" for plain."""

    bodies: dict[str, bytes]
    media_type: str
    etag: str
    cache_control: str


def load_files(root: Path = ROOT) -> dict[str, StaticFile]:
    """Read every built file, by its path below /static/."""
    paths = [path for path in root.rglob("*") if path.is_file() and path.suffix not in (".br", ".gz")]
    return {path.relative_to(root).as_posix(): _load(path, root) for path in paths if not path.name.startswith(".")}


def _load(path: Path, root: Path) -> StaticFile:
    plain = path.read_bytes()
    twins = {name: path.with_name(path.name + suffix) for name, suffix in _ENCODINGS}
    bodies = {"": plain} | {name: twin.read_bytes() for name, twin in twins.items() if twin.is_file()}
    media_type = "application/manifest+json" if path.suffix == ".webmanifest" else mimetypes.guess_type(path.name)[0]
    is_hashed = path.relative_to(root).parts[0] == "assets"
    return StaticFile(
        bodies,
        media_type or "application/octet-stream",
        f'"{hashlib.sha256(plain).hexdigest()[:20]}"',
        _FOR_EVER if is_hashed else _ASK_AGAIN,
    )


FILES = load_files()


def answer_file(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    """Answer with a built file, compressed as the browser likes."""
    file = FILES.get(name)
    if file is None:
        raise Missing("There is nothing at this address.")
    headers = {"cache-control": file.cache_control, "etag": file.etag, "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == file.etag:
        return Response(b"", status_code=304, headers=headers, media_type=file.media_type)
    accepted = request.headers.get("accept-encoding", "")
    encoding = next((name for name, _ in _ENCODINGS if name in accepted and name in file.bodies), "")
    if encoding:
        headers["content-encoding"] = encoding
    return Response(file.bodies[encoding], headers=headers, media_type=file.media_type)


def answer_page(request: Request[Any, Any, Any], app: str) -> Response[bytes]:
    """Answer with the page of one of the apps; every address of an app leads to the same page."""
    name = f"{app}/index.html"
    if name not in FILES:
        raise Unavailable("The web pages have not been built; run `make assets`.")
    return answer_file(request, name)


@get("/static/{path:path}", include_in_schema=False, sync_to_thread=False)
def static_file(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[bytes]:
    """A built file."""
    return answer_file(request, path.lstrip("/"))


@get("/", include_in_schema=False, sync_to_thread=False)
def messenger_page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The messenger."""
    return answer_page(request, "messenger")


@get(["/console", "/console/{path:path}"], include_in_schema=False, sync_to_thread=False)
def console_page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The console of businesses."""
    return answer_page(request, "console")


@get(["/operator", "/operator/{path:path}"], include_in_schema=False, sync_to_thread=False)
def operator_page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The console of the operator."""
    return answer_page(request, "operator")


ROUTES: list[Any] = [static_file, messenger_page, console_page, operator_page]
