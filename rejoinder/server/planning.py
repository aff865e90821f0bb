"""`rejoinder plan`: plan a folder or some of its chunks and say what came of it, or make such a folder up. Needs no database."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from rejoinder.ads.planner.chunks import list_chunks
from rejoinder.ads.planner.cluster import on_ray
from rejoinder.ads.planner.desk import Crowd, in_threads
from rejoinder.ads.planner.made_up import Shape, generate
from rejoinder.ads.planner.plan import ROUNDS, Plan, deliver
from rejoinder.ads.planner.population import Population, read_population
from rejoinder.ads.planner.problem import price_per_delivery
from rejoinder.ads.planner.solver import solve, start_from_sample
from rejoinder.server.settings import SettingsError
from rejoinder.units.money import MICROS_PER_UNIT

ROWS = 12


def make_up(
    folder: Path, shape: Shape, console: Console, *, threads: int | None = None, people_per_chunk: int = 1_000_000
) -> None:
    """Make a population up, with a bar."""
    with _progress(console) as progress:
        task = progress.add_task("Making people up", total=shape.people_count)
        generate(
            folder,
            shape,
            people_per_chunk=people_per_chunk,
            threads=threads,
            on_people=lambda count: progress.advance(task, count),
        )
    console.print(f"{shape.people_count:,} people and {shape.ad_set_count:,} ad sets are in {escape(str(folder))}.")


def plan_and_print(
    paths: Sequence[Path],
    console: Console,
    *,
    threads: int | None,
    passes_max: int,
    workers: int | None = None,
    sample_lots: int = 0,
    picture: Path | None = None,
) -> Plan:
    """Plan and print: the passes, the ad sets that spend most, prices, how full budgets are, and the certified gap.

    With `workers`, of Ray, each checks the files that it is dealt.
    """
    began, threads = time.perf_counter(), threads or os.cpu_count() or 1
    folder, chunks = _chunks_at(paths)
    plotting = _plotting(picture) if picture else None
    with _progress(console) as progress:
        files = progress.add_task("Checking files", total=len(chunks))
        population = read_population(
            folder,
            paths=chunks,
            checks_sum=not workers,
            threads=threads,
            on_chunk=lambda _: progress.advance(files),
        )
        crowd: Crowd = (
            on_ray(chunks, population.step_of, workers=workers)
            if workers
            else in_threads(population.chunks, population.step_of, threads=threads)
        )
        passes = progress.add_task("Finding prices", total=passes_max)
        start = None
        if sample_lots:
            start = start_from_sample(population.budgets, crowd, value_max=population.value_max, lots=sample_lots)
        found = solve(
            population.budgets,
            crowd,
            value_max=population.value_max,
            start=start,
            passes_max=passes_max,
            on_pass=lambda _: progress.advance(passes),
        )
        progress.update(passes, completed=passes_max)
        rounds = progress.add_task("Giving out deliveries", total=len(ROUNDS))
        plan = deliver(
            population.budgets, crowd, found, salt=population.salt, on_round=lambda _: progress.advance(rounds)
        )
    console.print(_passes(plan), _ad_sets(population, plan), _shared_prices(population, plan))
    by = "workers of Ray" if workers else "threads"
    took = f"in {time.perf_counter() - began:.1f} s"
    _print_sums(
        population, plan, console, f"{took} (files: {len(chunks):,}, {by}: {min(workers or threads, len(chunks)):,})"
    )
    if plotting and picture:
        plotting.draw(population, plan, picture)
        console.print(f"The picture is {escape(str(picture))}.", soft_wrap=True)
    return plan


def _chunks_at(paths: Sequence[Path]) -> tuple[Path, list[Path]]:
    """The folder that is meant and its chunks that are, each once; links to a file are the file."""
    folder = paths[0] if paths[0].is_dir() else paths[0].parent
    chunks, seen = [], set()
    for path in paths:
        if not path.exists():
            raise SettingsError(f"there is no {path}")
        if not (path.is_dir() or path.is_file()):
            raise SettingsError(f"{path} is neither a folder nor a file")
        home = path if path.is_dir() else path.parent
        if not home.samefile(folder):
            raise SettingsError(f"a plan has the budgets of one folder, and {home} is another than {folder}")
        for chunk in list_chunks(path) if path.is_dir() else [path]:
            facts = chunk.stat()
            if (facts.st_dev, facts.st_ino) in seen:
                raise SettingsError(f"{chunk} is named twice; nobody can be planned for twice")
            seen.add((facts.st_dev, facts.st_ino))
            chunks.append(chunk)
    return folder, chunks


def _plotting(picture: Path) -> ModuleType:
    """What draws, where that is installed and the picture can be written."""
    try:
        from rejoinder.server import plan_plot  # noqa: PLC0415  matplotlib is optional
    except ImportError as problem:
        raise SettingsError("drawing needs matplotlib: pip install 'rejoinder[plot]'") from problem
    plan_plot.require_drawable(picture)
    return plan_plot


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<22}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _table(title: str, *columns: str) -> Table:
    """Names to the left, figures to the right."""
    named, *figures = columns
    return Table(named, *(Column(one, justify="right") for one in figures), title=title, title_justify="left")


def _passes(plan: Plan) -> Table:
    table = _table("Passes", "pass", "bound", "above the least", "seconds")
    for one in plan.log:
        excess = f"{100 * (one.bound / plan.bound - 1):.4f} %" if plan.bound else "-"
        table.add_row(str(one.number), _money(one.bound), excess, f"{one.seconds:.3f}")
    return table


def _ad_sets(population: Population, plan: Plan) -> Table:
    budgets = population.budgets
    price = price_per_delivery(budgets, plan.prices)
    table = _table(
        "Ad sets that spend most", "ad set", "charge", "price of a delivery", "deliveries", "spend", "of its budget"
    )
    for ad_set in np.argsort(-plan.spend.ad_set, kind="stable")[:ROWS]:
        spend, budget = int(plan.spend.ad_set[ad_set]), int(budgets.ad_set[ad_set])
        table.add_row(
            str(ad_set),
            _money(int(budgets.charge[ad_set])),
            _money(int(price[ad_set])),
            f"{plan.deliveries[ad_set]:,}",
            _money(spend),
            _share(spend, budget),
        )
    return table


def _shared_prices(population: Population, plan: Plan) -> Table | str:
    """Budgets above ad sets that are spent: what one more unit of money in them would add."""
    rows = [
        (int(price), f"{name} {number}", int(limit[number]), int(spent[number]))
        for name, prices, limit, spent in (
            ("campaign", plan.prices.campaign, population.budgets.campaign, plan.spend.campaign),
            ("account", plan.prices.account, population.budgets.account, plan.spend.account),
        )
        for number in np.argsort(-prices, kind="stable")[:ROWS]
        if (price := prices[number]) and spent[number]  # one that cannot pay a delivery has a price too
    ]
    if not rows:
        return "No campaign and no account that spends anything is short of money."
    rows = sorted(rows, key=lambda row: -row[0])[:ROWS]
    table = _table(
        "Campaigns and accounts with the highest prices",
        "",
        "one more unit is worth",
        "spend",
        "budget",
        "of its budget",
    )
    for price, name, budget, spend in rows:
        # A price is in millionths, as amounts are.
        table.add_row(name, _money(price), _money(spend), _money(budget), _share(spend, budget))
    return table


def _money(micros: int) -> str:
    return f"{micros // MICROS_PER_UNIT:,}.{micros % MICROS_PER_UNIT:06}"


def _share(spend: int, budget: int) -> str:
    return f"{100 * spend / budget:.1f} %" if budget else "-"


def _print_sums(population: Population, plan: Plan, console: Console, took: str) -> None:
    budgets = population.budgets
    for name, spent, limit, price in zip(
        ("ad set", "campaign", "account"), plan.spend, budgets.limits, plan.prices, strict=True
    ):
        full = int(((limit - spent) * 100 <= limit).sum())
        console.print(
            f"Budgets of {name}s: {len(limit):,}. {_money(int(spent.sum()))} of {_money(sum(map(int, limit)))} spent, "
            f"{full:,} used to within 1 %, {int((price > 0).sum()):,} with a price.",
            soft_wrap=True,
        )
    console.print(
        f"People with a place and an edge that is worth anything: {population.people_count:,}; edges: {population.edge_count:,}. "
        f"{plan.deliveries.sum():,} deliveries worth {_money(plan.value)}; no plan is worth more than {_money(plan.bound)}.",
        soft_wrap=True,
    )
    rounding = f" ({100 * plan.rounding_micros / plan.value:.4f} % of this one)" if plan.value else ""
    console.print(
        f"Rounding values to steps changes what any plan is worth by at most {_money(plan.rounding_micros)}{rounding}.",
        soft_wrap=True,
    )
    console.print(f"[bold]Certified gap: {100 * plan.gap:.4f} %[/], {took}.", highlight=False, soft_wrap=True)
