"""The `rejoinder` command. Each command reads the settings, opens what it needs, and leaves the work to its module."""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from rejoinder.chat.realtime.hints import Hints
from rejoinder.db.embedded import EmbeddedPostgres
from rejoinder.db.migrate import MigrationError, migrate
from rejoinder.db.pool import DatabaseUnreachable
from rejoinder.db.programs import EmbeddedPostgresError
from rejoinder.people.identity.commands import make_operator
from rejoinder.people.protections.policy import PolicyError
from rejoinder.server.app import open_parts
from rejoinder.server.jobs import build_jobs
from rejoinder.server.logs import set_up_logs
from rejoinder.server.serving import make_server
from rejoinder.server.settings import Settings, SettingsError, read_settings
from rejoinder.server.worker import run_jobs
from rejoinder.units.errors import DomainError

app = typer.Typer(
    help="A messenger in which businesses speak when spoken to.", no_args_is_help=True, add_completion=False
)
db_app = typer.Typer(help="The database.", no_args_is_help=True)
operator_app = typer.Typer(help="Who runs the installation.", no_args_is_help=True)
app.add_typer(db_app, name="db")
app.add_typer(operator_app, name="operator")

console = Console()


def main() -> None:
    """Run a command; a mistake of the person at the keyboard is one sentence, not a stack of lines."""
    try:
        app()
    except (
        SettingsError,
        DatabaseUnreachable,
        MigrationError,
        EmbeddedPostgresError,
        PolicyError,
        DomainError,
    ) as problem:
        console.print(f"[bold red]rejoinder:[/] {escape(str(problem))}", soft_wrap=True)
        sys.exit(2)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
) -> None:
    """Serve HTTP and the live channel. Run one per core behind a proxy."""
    settings = _settings(host=host, port=port)
    _run(_serve(settings))


@app.command()
def worker() -> None:
    """Do everything that no request starts: delivery rounds, projections, mail. Several may run."""
    _run(_work(_settings()))


@app.command()
def demo(
    *,
    fresh: Annotated[bool, typer.Option(help="Throw the old town away first.")] = False,
    story: Annotated[
        bool, typer.Option(help="Play the main story step by step on a database of its own instead.")
    ] = False,
    folder: Annotated[Path, typer.Option(help="Where the data lives.")] = Path(".rejoinder"),
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Run a lively demo with test money until Ctrl-C."""
    # Imported here: the other commands start without the demo's words.
    from rejoinder.server.demo.run import run_demo  # noqa: PLC0415
    from rejoinder.server.story.play import play_story  # noqa: PLC0415

    if story:
        sys.exit(play_story(console))

    # A line for each request would push the links off the screen.
    settings = _settings(port=port, log_level=logging.WARNING)
    run_demo(replace(settings, rate_limit_per_s=0), console, folder=folder, is_fresh=fresh)


@app.command()
def verify() -> None:
    """Check every promise against the rows; exit 1 if any is broken."""
    from rejoinder.server.verify import print_verification  # noqa: PLC0415  pulls in every package; the others start faster

    sys.exit(asyncio.run(print_verification(_settings(), console)))


def _made_up(told: str, *, least: int | None = None) -> Any:
    return typer.Option(min=least, help=told, rich_help_panel="Of a population that is made up")


@app.command()
def plan(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...", help="A population's folder, or chunks of one folder, whose budgets lie beside them."
        ),
    ],
    threads: Annotated[int | None, typer.Option(min=1, help="Threads; as many as there are cores by default.")] = None,
    passes: Annotated[int, typer.Option(min=1, help="Passes over everybody at most.")] = 50,
    *,
    sample: Annotated[
        int, typer.Option(metavar="LOTS", min=0, max=256, help="First find prices with so many of 256 people.")
    ] = 0,
    ray: Annotated[
        int | None, typer.Option(metavar="WORKERS", min=1, help="Spread over workers of Ray, here or at RAY_ADDRESS.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw the passes and what is spent; needs matplotlib.")
    ] = None,
    generate: Annotated[bool, _made_up("Make a population up in that folder instead.")] = False,
    people: Annotated[int, _made_up("People.")] = 1_000_000,
    ad_sets: Annotated[int, _made_up("Ad sets.")] = 1_000,
    degree: Annotated[float, _made_up("Ad sets per person on average.")] = 3.0,
    chunk: Annotated[int, _made_up("People in one file.", least=1)] = 1_000_000,
    popularity: Annotated[float, _made_up("How unevenly ad sets are liked: 0 evenly, 1 as words are used.")] = 1.0,
    bid_spread: Annotated[float, _made_up("Standard deviation of the logarithm of bids.")] = 0.7,
    tightness: Annotated[float, _made_up("Budgets as a share of what would be spent without them.")] = 0.5,
    seed: Annotated[int, _made_up("Of the random numbers.")] = 1,
) -> None:
    """Plan which sponsored messages are worth delivering, and say how good the plan is. Numbers only; no database."""
    from rejoinder.ads.planner.made_up import Shape  # noqa: PLC0415  Numba takes a moment
    from rejoinder.ads.planner.problem import ProblemError  # noqa: PLC0415
    from rejoinder.server.planning import make_up, plan_and_print  # noqa: PLC0415

    if generate and (len(paths) > 1 or plot or sample or ray):
        raise SettingsError(
            "--generate makes one folder and no plan: give it one PATH, and no --plot, --sample or --ray"
        )
    try:
        if generate:
            shape = Shape(people, ad_sets, degree, popularity, bid_spread, tightness, seed)
            make_up(paths[0], shape, console, threads=threads, people_per_chunk=chunk)
        else:
            plan_and_print(
                paths, console, threads=threads, workers=ray, sample_lots=sample, passes_max=passes, picture=plot
            )
    except (ProblemError, OSError) as problem:
        raise SettingsError(str(problem)) from problem


@db_app.command("migrate")
def db_migrate(
    name: Annotated[str, typer.Option(help="Name of a new installation, shown to people.")] = "Rejoinder",
    *,
    test: Annotated[bool, typer.Option(help="Create a test installation: test money, movable clock.")] = False,
) -> None:
    """Create or update the schema. Run it before starting a new version."""
    done = asyncio.run(migrate(_database_url(_settings()), installation_name=name, is_test=test))
    console.print("\n".join(f"applied {each}" for each in done) or "nothing to do")


@db_app.command("run")
def db_run(
    folder: Annotated[Path, typer.Option(help="Where the data lives.")] = Path(".rejoinder/postgres"),
) -> None:
    """Run the embedded Postgres until Ctrl-C and print its address for REJOINDER_DATABASE_URL."""
    with EmbeddedPostgres(folder) as postgres:
        console.out(postgres.dsn())
        sys.stdout.flush()
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


@operator_app.command("add")
def operator_add(email: Annotated[str, typer.Argument(help="E-mail address of somebody who has signed up.")]) -> None:
    """Make a person an operator."""
    console.print(asyncio.run(_add_operator(_settings(), email)))


async def _add_operator(settings: Settings, email: str) -> str:
    parts = await open_parts(settings)
    name = await parts.database.run(lambda tx: make_operator(tx, email))
    await parts.database.pool.close()
    return f"{name} is an operator now."


def _settings(*, host: str | None = None, port: int | None = None, log_level: int = logging.INFO) -> Settings:
    settings = read_settings(host=host, port=port)
    set_up_logs(settings.log_format, level=log_level)
    return settings


def _database_url(settings: Settings) -> str:
    if settings.database_url is None:
        raise SettingsError(
            "REJOINDER_DATABASE_URL says which Postgres to use; `rejoinder db run` starts one and prints it"
        )
    return settings.database_url


def _run(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(work)


def _new_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop  # noqa: PLC0415  not on Windows

    return uvloop.new_event_loop()


async def _serve(settings: Settings) -> None:
    server = make_server(await open_parts(settings), host=settings.host, port=settings.port)
    # Loaded code is never garbage, and what a message leaves behind has no cycles: looking for them all the time cost a
    # fifth of the server's time (docs/decisions/0006).
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    await server.serve()


async def _work(settings: Settings) -> None:
    parts = await open_parts(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    hints = Hints(parts.database)
    hints.start()
    await run_jobs(build_jobs(parts, hints), stop)
    await hints.stop()
    await parts.database.pool.close()
