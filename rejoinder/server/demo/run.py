"""`rejoinder demo`: everything in one process and one folder, until Ctrl-C.

Starts the embedded Postgres, migrates, lives the town's past where there is none, serves, works, answers as the businesses,
and prints one table of one-click sign-in links. The data stays in the folder; the next start takes seconds.
"""

import asyncio
import json
import shutil
import signal
import socket
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from rejoinder.business.profiles import commands as profiles
from rejoinder.business.team import commands as team
from rejoinder.chat.realtime.hints import Hints
from rejoinder.db.embedded import EmbeddedPostgres
from rejoinder.db.migrate import migrate
from rejoinder.db.pool import open_database
from rejoinder.people.identity.rules import sign_link
from rejoinder.server.app import Parts, open_parts
from rejoinder.server.demo import town
from rejoinder.server.demo.bot import Bot
from rejoinder.server.demo.seed import Cast, Seed
from rejoinder.server.jobs import build_jobs
from rejoinder.server.serving import make_server
from rejoinder.server.settings import Settings, SettingsError
from rejoinder.server.worker import run_jobs

FOLDER = Path(".rejoinder")
LINK_LASTS = timedelta(days=30)
PROGRAM_LABEL = "Answers of the demo"


def run_demo(settings: Settings, console: Console, *, folder: Path = FOLDER, is_fresh: bool = False) -> None:
    """Run until Ctrl-C; `is_fresh` throws the folder's town away first."""
    _require_free(settings.host, settings.port)
    postgres, cast_file = folder / "postgres", folder / "cast.json"
    if is_fresh or not cast_file.is_file():  # without a cast the last seeding was cut short
        shutil.rmtree(postgres, ignore_errors=True)
        cast_file.unlink(missing_ok=True)
    with EmbeddedPostgres(postgres) as server:
        settings = replace(settings, database_url=server.dsn(), public_url=f"http://{settings.host}:{settings.port}")
        try:
            known = Cast(**json.loads(cast_file.read_text())) if cast_file.is_file() else None
            cast = asyncio.run(_prepare(settings, console, known))
            cast_file.write_text(json.dumps(asdict(cast)))
            asyncio.run(_run(settings, console, cast))
        except KeyboardInterrupt:  # while the town was being made
            console.print("Stopped before the town was ready; the next start makes it anew.")


def _require_free(host: str, port: int) -> None:
    """Before the town is made, which takes a while."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as problem:
        raise SettingsError(
            f"Nothing can listen on {host}:{port}, it may be taken; try `rejoinder demo --port 8001`"
        ) from problem


async def _prepare(settings: Settings, console: Console, cast: Cast | None) -> Cast:
    """Bring the schema up to date; without a cast, live the past."""
    assert settings.database_url is not None, "the demo brings its own"  # noqa: S101
    await migrate(settings.database_url, installation_name="Rejoinder", is_test=True)
    if cast is not None:
        return cast
    parts = await open_parts(settings)
    seeded = await _seed(parts, console)
    await parts.database.pool.close()
    return seeded


async def _run(settings: Settings, console: Console, cast: Cast) -> None:
    """Serve, work and answer until a signal comes; then each finishes what it is at."""
    parts, stop = await open_parts(settings), asyncio.Event()
    # The server closes its own connections when it ends, so it has its own.
    server = make_server(await open_parts(settings), host=settings.host, port=settings.port, is_alone=False)
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    hints, bots = Hints(parts.database), await _make_bots(parts)
    hints.start()
    serving = asyncio.create_task(server.serve())
    answering = [asyncio.create_task(bot.run()) for bot in bots]
    _print_links(parts, cast, console, door=await _find_door(parts))
    serving.add_done_callback(lambda _: stop.set())
    await run_jobs(build_jobs(parts, hints), stop)
    for task in answering:
        task.cancel()
    server.should_exit = True
    await asyncio.gather(*answering, return_exceptions=True)
    await serving
    await hints.stop()
    await parts.database.pool.close()


async def _seed(parts: Parts, console: Console) -> Cast:
    """A commit of the seed may be lost with the machine: then the cast is missing and the town is made anew."""
    assert parts.settings.database_url is not None, "as above"  # noqa: S101
    database = await open_database(parts.settings.database_url, settings={"synchronous_commit": "off"})
    with Progress(TextColumn("{task.description:<28}"), BarColumn(), console=console, transient=True) as progress:
        task = progress.add_task("", total=1.0)
        seed = Seed(database, parts.installation, parts.settings, until=parts.clock.now())
        cast = await seed.live(lambda word, done: progress.update(task, description=word, completed=done))
    await database.pool.close()
    return cast


async def _make_bots(parts: Parts) -> list[Bot]:
    """A program for each business of the town, with a new token; the old ones end."""
    bots = []
    for words in town.read_words().business:
        async with parts.database.transaction() as tx:
            at = parts.clock.now()
            profile = await profiles.get_profile_by_handle(tx, words.handle)
            for old_id in await tx.column("list_demo_tokens", business_id=profile.id, label=PROGRAM_LABEL):
                await team.revoke_token(tx, profile.id, old_id, at=at)
            owner = await profiles.get_owner(tx, profile.owner_id)
            _, secret = await team.create_token(tx, profile.id, PROGRAM_LABEL, created_by=owner.registered_by, at=at)
        answers = dict(town.questions(words))
        if words.offer:
            answers[words.offer.button] = town.AFTER_AN_OFFER[0]
        bots.append(Bot(parts.settings.public_url, secret, answers, [title for title, _ in words.quick_replies]))
    return bots


async def _find_door(parts: Parts) -> str:
    async with parts.database.transaction() as tx:
        shop = await profiles.get_profile_by_handle(tx, town.read_words().business[0].handle)
        return str(await tx.value("find_demo_door", business_id=shop.id))


def _print_links(parts: Parts, cast: Cast, console: Console, *, door: str) -> None:
    """One line each, never folded: a link that is cut in two cannot be clicked."""
    url, expires_at = parts.settings.public_url, parts.clock.now() + LINK_LASTS
    rows: Sequence[tuple[str, int, str]] = [
        ("A person", cast.people[0], "/"),
        ("Another person", cast.people[1], "/"),
        ("An agent", cast.agent_id, "/console"),
        ("An advertiser", cast.advertiser_id, "/console"),
        ("The operator", cast.operator_id, "/operator"),
    ]
    console.print(f"\n[bold]Rejoinder is on {url}[/]  One click signs you in as:\n")
    for who, person_id, place in rows:
        signed = sign_link(parts.installation.secret, person_id=person_id, expires_at=expires_at)
        console.out(f"  {who:<16}{url}/link/{signed}?next={place}", highlight=False)
    console.out(f"  {'A new guest':<16}{url}/e/{door}  (what a QR code opens; use a private window)", highlight=False)
    console.print("\nCtrl-C stops everything; the town is kept.\n")
