"""Play the thirteen steps in order, print each with a tick, and say how many passed. A failed step ends the story."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence

import httpx
import websockets
from rich.console import Console

from rejoinder.server.story import after, kills, meeting, offer, pairs
from rejoinder.server.story.stage import Stage, StoryFailure
from rejoinder.server.story.town import Town

Step = Callable[[Town], Awaitable[None]]

STEPS: list[tuple[str, Step]] = [
    ("A person signs up, verifies the address, signs out and in on a second device", meeting.sign_up_and_in),
    ("An owner is verified, makes a business and invites an agent and an advertiser", meeting.open_the_shop),
    ("A guest scans a QR code, writes, and later claims the account", meeting.scan_as_guest),
    ("Agent and person talk live; outside the reply window the composer is closed", meeting.share_the_inbox),
    ("Two people chat; a stranger's first message waits in Requests", meeting.meet),
    ("The advertiser funds the account, counts the reach and writes an offer", offer.make_an_offer),
    ("The operator approves one offer and refuses another, which is mended", offer.review_offers),
    ("The offer reaches exactly who may be reached, told by pairs", pairs.reach_who_may_be_reached),
    ("People ask why, stop, turn off, report and block; unseen cards disappear", after.ask_why_and_object),
    ("An answer reaches the inbox with the campaign it came from", after.answer_the_offer),
    ("A stop word stops the adverts; the next offer skips that person", after.stop_by_a_word),
    ("The report equals the ledger; verify finds no broken promise", after.read_the_report),
    (
        "Everything is killed in the middle of a round and a burst of chat; nothing is lost or doubled",
        kills.survive_kills,
    ),
]


def play_story(console: Console, steps: Sequence[tuple[str, Step]] = STEPS) -> int:
    """Play the story and return the exit code: 0 when every step passed. Leaves nothing running and no files."""
    try:
        return asyncio.run(_play(console, steps))
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("story: stopped")
        return 130


async def _play(console: Console, steps: Sequence[tuple[str, Step]]) -> int:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  we are in one
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    stage = Stage()
    town = Town(stage)
    passed = 0
    try:
        stage.set_clock(town.monday)
        await _play_step(console, "A fresh installation: Postgres, two servers, a worker", lambda _: stage.open(), town)
        for number, (title, step) in enumerate(steps, start=1):
            await _play_step(console, f"{number:2}. {title}", step, town)
            passed += 1
    except* (StoryFailure, httpx.HTTPError, websockets.WebSocketException, OSError) as failure:
        for problem in _leaves(failure):
            console.print(f"   {type(problem).__name__}: {problem}", style="red", markup=False, highlight=False)
    finally:
        await town.close()
        stage.close()
    failed = len(steps) - passed
    console.print(f"story: {passed} passed, {failed} failed", markup=False, highlight=False)
    return 1 if failed else 0


async def _play_step(console: Console, title: str, step: Step, town: Town) -> None:
    began = time.monotonic()
    with console.status(title):
        try:
            await step(town)
        except BaseException:
            console.print(f"[red]✗[/red] {title}", highlight=False)
            raise
    console.print(f"[green]✓[/green] {title} [dim]{time.monotonic() - began:.1f} s[/dim]", highlight=False)


def _leaves(failure: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for problem in failure.exceptions:
        found += _leaves(problem) if isinstance(problem, BaseExceptionGroup) else [problem]
    return found
