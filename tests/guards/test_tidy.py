"""The house rules a linter cannot say: sizes, file names, banned words, module docstrings, dead queries."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rejoinder.db.queries import QUERIES

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "rejoinder"
PYTHON = sorted([*PACKAGE.rglob("*.py"), *ROOT.glob("tests/**/*.py"), *ROOT.glob("bench/*.py")])
SVELTE = sorted(p for p in ROOT.glob("frontend/**/*.svelte") if "node_modules" not in p.parts)

MODULE_LINES_MAX, TEST_LINES_MAX, FUNCTION_LINES_MAX, PARAMETERS_MAX, SVELTE_LINES_MAX = 500, 700, 70, 8, 300
FEATURE_FILES = {
    "__init__.py",
    "model.py",
    "rules.py",
    "store.py",
    "commands.py",
    "events.py",
    "routes.py",
    "jobs.py",
    "queries.sql",
}
# What a feature has beyond the closed vocabulary, and why.
EXTRA_FILES = {
    "chat/messages/tally.py": "adds up a batch, purely; rules.py would be twice as long",
    "ads/planner/problem.py": "numerical packages have their own vocabulary: what is asked,",
    "ads/planner/chunks.py": "how it lies in files,",
    "ads/planner/population.py": "and in folders,",
    "ads/planner/made_up.py": "what to try it on,",
    "ads/planner/kernels.py": "what is done with every element,",
    "ads/planner/kernels_numpy.py": "the same without a compiler,",
    "ads/planner/desk.py": "and with every file, here or elsewhere,",
    "ads/planner/cluster.py": "on other machines,",
    "ads/planner/solver.py": "how it is solved,",
    "ads/planner/plan.py": "and what follows",
    "people/identity/mail.py": "the mail port: SMTP or the in-app mailbox",
    "people/identity/shapes.py": "wire shapes, which would make routes.py too long",
    "people/identity/passwords.py": "argon2 in threads: neither a rule (slow) nor a command (no transaction)",
    "people/protections/policy.py": "loads and checks policy/*.toml",
    "people/protections/stop_words.py": "matches stop words; data in stop_words.toml",
    "people/protections/stop_words.toml": "the words",
}
FREE_FOLDERS = {"units", "db", "wire", "server", "static", "chat/realtime", "people/protections/policy"}
BANNED_WORDS = re.compile(
    r"\b\w*(conversation|chatroom|tenant|staff|moderator|order_line|banner|throttle|authorise|capture)\w*\b", re.I
)
LIBRARY_NAMES = {"capture_signals", "capture_logs"}  # uvicorn's and structlog's words, not ours
MANY_PARAMETERS = {
    "kernels.py": "arrays one by one, as compilers want them",
    "kernels_numpy.py": "the same",
    "cli.py": "options of commands",
}
BANNED_FILES = {"utils.py", "helpers.py", "common.py", "base.py", "core.py", "manager.py", "service.py"}


def identifiers(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_keeps_the_house_rules(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    is_test = path.is_relative_to(ROOT / "tests")
    problems = []
    if len(text.splitlines()) > (TEST_LINES_MAX if is_test else MODULE_LINES_MAX):
        problems.append(f"{len(text.splitlines())} lines")
    if path.name in BANNED_FILES:
        problems.append("a file name that says nothing")
    if text.strip() and ast.get_docstring(tree) is None:
        problems.append("no module docstring")
    for function in functions(tree):
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > FUNCTION_LINES_MAX:
            problems.append(f"{function.name} has {length} lines")
        count = len(function.args.args) + len(function.args.kwonlyargs) + len(function.args.posonlyargs)
        if (
            count > PARAMETERS_MAX
            and path.name not in MANY_PARAMETERS
            and "self" not in {arg.arg for arg in function.args.args[:1]}
        ):
            problems.append(f"{function.name} takes {count} parameters")
    if path.name != "test_tidy.py":
        problems += [
            f"banned word: {name}" for name in set(identifiers(tree)) - LIBRARY_NAMES if BANNED_WORDS.fullmatch(name)
        ]
        problems += [
            f"{found} stands here"
            for found in ("mock.patch", "MagicMock", "datetime.utcnow", "# TODO")
            if found in text
        ]
    assert not problems, f"{path.relative_to(ROOT)}: {problems}"


@pytest.mark.parametrize("path", SVELTE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_component_stays_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= SVELTE_LINES_MAX


def test_features_use_the_file_vocabulary() -> None:
    strangers = []
    for path in sorted(PACKAGE.rglob("*")):
        place = path.relative_to(PACKAGE)
        if path.is_dir() or "__pycache__" in place.parts or len(place.parts) == 1:
            continue
        if any(str(place).startswith(folder + "/") for folder in FREE_FOLDERS):
            continue
        if len(place.parts) == 2 and path.name in {"__init__.py", "schema.sql"}:
            continue
        if path.name not in FEATURE_FILES and str(place) not in EXTRA_FILES:
            strangers.append(str(place))
    assert not strangers, f"not in the file vocabulary (CONTRIBUTING.md), or give a reason in EXTRA_FILES: {strangers}"


def test_every_query_is_used() -> None:
    code = "\n".join(path.read_text() for path in PYTHON)
    unused = [name for name in QUERIES if f'"{name}"' not in code]
    assert not unused


def test_only_the_units_read_the_machine_clock() -> None:
    allowed = {PACKAGE / "units/clock.py", PACKAGE / "db/migrate.py"}
    readers = [
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*.py")
        if path not in allowed and re.search(r"datetime\.now\(|time\.time\(", path.read_text())
    ]
    assert not readers


def test_sql_never_asks_for_the_time() -> None:
    asking = [
        name
        for name, query in QUERIES.items()
        if re.search(r"\bnow\(\)|current_timestamp|clock_timestamp", query.sql, re.I)
    ]
    assert not asking


def test_print_is_for_the_command_line_only() -> None:
    allowed = {PACKAGE / "server/cli.py", PACKAGE / "server/app.py", PACKAGE / "db/migrate.py"}
    printing = [
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*.py")
        if path not in allowed
        and "rejoinder/server" not in str(path.parent)
        and re.search(r"^\s*print\(", path.read_text(), re.M)
    ]
    assert not printing
