"""Docs that would go stale are checked: settings, links, the length of ARCHITECTURE.md."""

import re
from pathlib import Path

import pytest

from rejoinder.server import settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]


def test_every_setting_has_a_line_and_every_line_a_setting() -> None:
    source = Path(settings.__file__).read_text()
    read = set(re.findall(r'(?:text|number|path)\("([A-Z_]+)"', source))
    told = set(re.findall(r"^\| `REJOINDER_([A-Z_]+)`", (ROOT / "docs/self-hosting.md").read_text(), re.M))
    assert read == told


def test_architecture_stays_short() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text().splitlines()) <= 250


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_in_docs_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text())
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/life-of-*.md")), ids=lambda page: page.name)
def test_paths_named_in_the_two_lives_exist(page: Path) -> None:
    named = re.findall(
        r"`((?:rejoinder|chat|people|business|ads|server|db|wire|frontend|tests)/[\w./]+\.\w+)`", page.read_text()
    )
    missing = [path for path in named if not (ROOT / path).exists() and not (ROOT / "rejoinder" / path).exists()]
    assert named
    assert not missing


def test_every_table_is_said_to_live_somewhere() -> None:
    made = {
        table
        for file in ROOT.glob("rejoinder/db/migrations/*.sql")
        for table in re.findall(r"^CREATE TABLE (\w+\.\w+)", file.read_text(), re.M)
    }
    told = re.findall(r"`(\w+\.\w+)`", (ROOT / "docs/distribution.md").read_text())
    assert sorted(told) == sorted(made)


def test_the_project_stands_alone() -> None:
    words = re.compile(r"\.\./shared|/work/|\bshared/DESIGN|\bissues? (show|list)\b")
    files = [
        *PAGES,
        *ROOT.glob("rejoinder/**/*.py"),
        *ROOT.glob("tests/**/*.py"),
        ROOT / "Makefile",
        ROOT / "pyproject.toml",
    ]
    strangers = [
        str(path.relative_to(ROOT)) for path in files if path != Path(__file__) and words.search(path.read_text())
    ]
    assert not strangers


def test_every_consumer_has_a_name_on_the_health_screen() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "rejoinder").rglob("jobs.py"))
    names = re.findall(r'Consumer\(\s*"([a-z.]+)"|^CONSUMER = "([a-z.]+)"', code, re.M)
    consumers = {direct or constant for direct, constant in names}
    assert len(consumers) >= 4
    screen = (ROOT / "frontend/apps/operator/health/Health.svelte").read_text()
    assert not [name for name in consumers if not re.search(rf"\b'?{re.escape(name)}'?: t\(", screen)]
