"""Load every package's `queries.sql`: named statements with named parameters, rewritten once to `$1 …` for asyncpg.

A statement begins with `-- name: get_thread :one Thread`, then a sentence of what it does. Names are unique in the whole
program. Cardinalities: one, maybe, many, value, none. A parameter is `:name`; `::type` casts are left alone.
"""

import re
from dataclasses import dataclass
from pathlib import Path

PACKAGE_ROOT = Path(__file__).resolve().parent.parent

_HEADER = re.compile(
    r"^-- name: (?P<name>[a-z_]+) :(?P<cardinality>one|maybe|many|value|none)(?: (?P<result>[A-Za-z]+))?$",
    re.M,
)
_TOKEN = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\$\$.*?\$\$|::[a-z_]+|:(?P<parameter>[a-z_]+)", re.S)


@dataclass(frozen=True, slots=True)
class Query:
    """One named statement as asyncpg takes it; `parameters` in the order of `$1 …`."""

    name: str
    package: str
    cardinality: str
    result: str | None
    sql: str
    parameters: tuple[str, ...]


def parse(text: str, *, package: str) -> list[Query]:
    """Split a `queries.sql` into its statements."""
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    return [_query(header, text[header.end() : end], package) for header, end in zip(headers, ends, strict=True)]


def _query(header: re.Match[str], body: str, package: str) -> Query:
    parameters: list[str] = []

    def numbered(token: re.Match[str]) -> str:
        name = token["parameter"]
        if name is None:
            return "" if token[0].startswith("--") else token[0]
        if name not in parameters:
            parameters.append(name)
        return f"${parameters.index(name) + 1}"

    sql = _TOKEN.sub(numbered, body).strip().rstrip(";")
    return Query(header["name"], package, header["cardinality"], header["result"], sql, tuple(parameters))


def load() -> dict[str, Query]:
    """Read every `queries.sql` below the package; a name used twice is a programmer's error."""
    queries: dict[str, Query] = {}
    for path in sorted(PACKAGE_ROOT.rglob("queries.sql")):
        package = ".".join(path.parent.relative_to(PACKAGE_ROOT).parts)
        for query in parse(path.read_text(), package=package):
            assert query.name not in queries, f"two queries are called {query.name}"  # noqa: S101
            queries[query.name] = query
    return queries


QUERIES = load()
