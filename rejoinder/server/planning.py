"""`rejoinder plan`: plan a folder of chunks and say what came of it, or make such a folder up. Needs no database."""

import os
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from rejoinder.ads.planner.desk import in_threads
from rejoinder.ads.planner.plan import Plan, deliver
from rejoinder.ads.planner.population import Population, Shape, generate, read_population
from rejoinder.ads.planner.problem import price_per_delivery
from rejoinder.ads.planner.solver import solve
from rejoinder.units.money import amount_text

ROWS = 12


def make_up(folder: Path, shape: Shape, console: Console) -> None:
    """Make a population up, with a bar."""
    with _progress(console) as progress:
        task = progress.add_task("Making people up", total=shape.people_count)
        generate(folder, shape, on_people=lambda count: progress.advance(task, count))
    console.print(f"{shape.people_count:,} people and {shape.ad_set_count:,} ad sets are in {folder}.")


def plan_folder(folder: Path, console: Console, *, threads: int | None, passes_max: int) -> Plan:
    """Plan and print: the passes, the ad sets that spend most, how full budgets are, and the certified gap."""
    began = time.perf_counter()
    population = read_population(folder, checks_sum=True)
    crowd = in_threads(population.chunks, population.step_of, threads=threads or os.cpu_count() or 1)
    with _progress(console) as progress:
        task = progress.add_task("Finding prices", total=passes_max)
        found = solve(
            population.budgets,
            crowd,
            value_max=population.value_max,
            passes_max=passes_max,
            on_pass=lambda _: progress.advance(task),
        )
        progress.update(task, description="Giving out deliveries", completed=passes_max)
        plan = deliver(population.budgets, crowd, found, salt=population.salt)
    console.print(_passes(plan), _ad_sets(population, plan))
    _print_sums(population, plan, console, time.perf_counter() - began)
    return plan


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<22}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


def _passes(plan: Plan) -> Table:
    table = Table("pass", "bound", "above the least", "seconds", title="Passes", title_justify="left")
    for one in plan.log:
        excess = 100 * (one.bound / plan.bound - 1) if plan.bound else 0.0
        table.add_row(str(one.number), amount_text(one.bound), f"{excess:.4f} %", f"{one.seconds:.3f}")
    return table


def _ad_sets(population: Population, plan: Plan) -> Table:
    budgets = population.budgets
    price = price_per_delivery(budgets, plan.prices)
    table = Table(
        *("ad set", "charge", "price of a delivery", "deliveries", "spend", "of its budget"),
        title=f"The {min(ROWS, budgets.count)} ad sets that spend most",
        title_justify="left",
    )
    for ad_set in np.argsort(-plan.spend.ad_set, kind="stable")[:ROWS]:
        spend, budget = int(plan.spend.ad_set[ad_set]), int(budgets.ad_set[ad_set])
        table.add_row(
            str(ad_set),
            amount_text(int(budgets.charge[ad_set])),
            amount_text(int(price[ad_set])),
            f"{plan.deliveries[ad_set]:,}",
            amount_text(spend),
            f"{100 * spend / max(1, budget):.1f} %",
        )
    return table


def _print_sums(population: Population, plan: Plan, console: Console, seconds: float) -> None:
    budgets = population.budgets
    for name, spent, limit, price in zip(
        ("ad set", "campaign", "account"), plan.spend, budgets.limits, plan.prices, strict=True
    ):
        full = int(((limit - spent) * 100 <= limit).sum())
        console.print(
            f"{len(limit):,} {name} budgets: {amount_text(int(spent.sum()))} of {amount_text(int(limit.sum()))} spent, "
            f"{full:,} used to within 1 %, {int((price > 0).sum()):,} with a price."
        )
    console.print(
        f"{population.people_count:,} people, {population.edge_count:,} edges: {plan.deliveries.sum():,} deliveries worth "
        f"{amount_text(plan.value)}; no plan is worth more than {amount_text(plan.bound)}."
    )
    console.print(f"[bold]Certified gap: {100 * plan.gap:.4f} %[/], in {seconds:.1f} s.", highlight=False)
