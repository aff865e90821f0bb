"""The demo's town keeps every promise, has what the demo shows, and its programs answer."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from rejoinder.db.migrate import read_installation
from rejoinder.db.transaction import Database
from rejoinder.people.protections.policy import load_policies
from rejoinder.server.demo import town
from rejoinder.server.demo.bot import EXCUSE, Bot
from rejoinder.server.demo.run import run_demo
from rejoinder.server.demo.seed import Seed
from rejoinder.server.settings import SettingsError, read_settings
from rejoinder.server.verify import verify
from tests.support.chat import probe_socket

UNTIL = datetime(2030, 3, 20, 20, 15, tzinfo=UTC)


async def test_the_town_keeps_every_promise(fresh_database: Database) -> None:
    installation = await fresh_database.run(read_installation)
    heard: list[float] = []
    seed = Seed(fresh_database, installation, read_settings({}), until=UNTIL, days=24)
    cast = await seed.live(lambda _, done: heard.append(done))
    results = await verify(fresh_database, load_policies(), UNTIL)
    assert {result.promise: result.violations for result in results if result.violations} == {}
    assert all(result.rows_checked > 0 for result in results)
    assert heard == sorted(heard)
    assert len({*cast.people, cast.agent_id, cast.advertiser_id, cast.operator_id}) == 5


def test_a_taken_port_is_told_before_the_town_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = replace(read_settings({}), port=taken.getsockname()[1])
        with pytest.raises(SettingsError, match="may be taken"):
            run_demo(settings, Console(), folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_command_makes_a_town_once_and_leaves_nothing_running(tmp_path: Path) -> None:
    with running_demo(tmp_path) as links:
        assert [who for who, _ in links] == [
            "A person",
            "Another person",
            "An agent",
            "An advertiser",
            "The operator",
            "A new guest",
        ]
        for who, link in links:
            with httpx.Client(follow_redirects=True) as browser:
                assert browser.get(link).status_code == 200, who
                assert (browser.get(f"{origin_of(link)}/api/me").status_code == 200) == (who != "A new guest")
        children = processes_of(tmp_path)
        assert len(children) > 2, "the demo, its Postgres and what Postgres started"
    assert processes_of(tmp_path) == []
    town_before = (tmp_path / "town" / "cast.json").read_text()
    with running_demo(tmp_path) as links:
        assert (tmp_path / "town" / "cast.json").read_text() == town_before
        with httpx.Client(follow_redirects=True) as browser:
            browser.get(links[0][1])
            assert browser.get(f"{origin_of(links[0][1])}/api/mailbox").json()["threads"]
    assert processes_of(tmp_path) == []


@contextmanager
def running_demo(folder: Path) -> Iterator[list[tuple[str, str]]]:
    """The command, with the links that it prints; ended as by Ctrl-C."""
    with probe_socket() as port:
        command = ["-m", "rejoinder", "demo", "--port", str(port), "--folder", str(folder / "town")]
    demo = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    assert demo.stdout is not None
    links, said = [], []
    for line in demo.stdout:
        said.append(line)
        if found := re.match(r"  (\S.*?)\s+(http\S+)", line):
            links.append((found[1], found[2]))
        if "Ctrl-C" in line:
            break
    assert demo.poll() is None, "".join(said)
    try:
        yield links
    finally:
        demo.send_signal(signal.SIGINT)
        assert demo.wait() == 0, demo.stdout.read()
        demo.stdout.close()


def processes_of(folder: Path) -> list[str]:
    """Command lines and working folders that lie below the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, cwd = (process / "cmdline").read_bytes().decode(errors="replace"), (process / "cwd").readlink()
        except OSError:
            continue  # it has just ended
        if str(folder) in command or cwd.is_relative_to(folder):
            found.append(command)
    return found


def origin_of(link: str) -> str:
    return str(httpx.URL(link).copy_with(raw_path=b""))


def test_the_words_are_of_a_town_worth_seeing() -> None:
    words = town.read_words()
    assert len({place.zone for place in words.place}) == 8
    assert len({business.handle for business in words.business}) == 12
    assert sum(business.offer is not None for business in words.business) == 9
    for business in words.business:
        bot = Bot("http://127.0.0.1:1", "token", dict(town.questions(business)), [])
        for title, answer in business.quick_replies:
            assert bot.reply_to({"type": "quick_reply", "text": title, "payload": title}) == {
                "type": "text",
                "text": answer,
            }


def test_a_program_answers_what_it_knows_and_leaves_thanks_alone() -> None:
    bot = Bot("http://127.0.0.1:1", "token", {"Are you open on Sunday?": "Yes, 10 to 16."}, ["Opening hours"])
    assert bot.reply_to({"type": "text", "text": "are you open sunday"}) == {"type": "text", "text": "Yes, 10 to 16."}
    assert bot.reply_to({"type": "text", "text": "Thank you!"}) is None
    assert bot.reply_to({"type": "text", "text": "😀"}) is EXCUSE
    assert bot.reply_to({"type": "unsent"}) is None
    started = bot.reply_to({"type": "get_started", "text": "Get started", "payload": "x"})
    assert started is not None
    assert started["quick_replies"] == [{"title": "Opening hours", "payload": "Opening hours"}]
