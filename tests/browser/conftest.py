"""Wiring only: the installation and the browser of a test process, and the stage of each test, on a phone and on a desktop."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from rejoinder.db.migrate import read_installation
from rejoinder.units.clock import FileClock
from rejoinder.wire.static import ROOT as STATIC
from tests.browser.house import FIRST_NOON, House
from tests.browser.stage import AXE, Device, Stage
from tests.support.database import TestServer, open_test_database

CHROMIUM = shutil.which("chromium")
# Root has no sandbox in containers; nothing here talks to the world.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process runs all browser tests, so that there is one installation and one browser."""
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def needs() -> None:
    """What browser tests cannot do without: a reason to skip on a desk, a failure in CI."""
    missing = [
        words
        for is_there, words in (
            (CHROMIUM, "Debian's chromium (apt-get install chromium)"),
            ((STATIC / "messenger" / "index.html").is_file(), "the built pages (make assets)"),
            (AXE.is_file(), "axe-core (make assets)"),
        )
        if not is_there
    ]
    if missing:
        words = f"Browser tests need {' and '.join(missing)}."
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)


@pytest.fixture(scope="session")
async def house(needs: None, postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Server and worker on a database of their own."""
    folder = tmp_path_factory.mktemp("house")
    clock = FileClock(folder / "clock")
    clock.set(FIRST_NOON)
    dsn = postgres.create_database()
    async with open_test_database(dsn) as database:
        house = House(database, clock, await database.run(read_installation), dsn, folder)
        try:
            house.start_server()
            house.start_worker()
            yield house
        finally:
            house.stop()


@pytest.fixture(scope="session")
async def browser(needs: None) -> AsyncIterator[Browser]:
    """One browser; people get contexts of their own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture(params=["phone", "desktop"])
def device(request: pytest.FixtureRequest) -> Device:
    """Every step is played on both."""
    shape: Device = request.param
    return shape


@pytest.fixture
async def stage(house: House, browser: Browser, device: Device) -> AsyncIterator[Stage]:
    """An empty stage at noon of a new day."""
    house.begin_day()
    stage = Stage(house, browser, device)
    yield stage
    await stage.close()
