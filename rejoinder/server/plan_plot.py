"""`rejoinder plan --plot`: one picture of a plan, with how far each pass left it from the best and who spends which budget.

The only module that needs matplotlib, which is optional; whoever imports this one says so where it is missing. It draws on a
canvas of its own, without a screen and without a trace of the settings that matplotlib may have on this machine.
"""

import io
import tempfile
from pathlib import Path
from typing import Any

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator
from PIL import Image

from rejoinder.ads.planner.plan import Plan
from rejoinder.ads.planner.population import Population
from rejoinder.server.settings import SettingsError
from rejoinder.units.money import MICROS_PER_UNIT

INK, INK_SOFT, LINE, FAINT, PAPER = "#1a1c1b", "#55595a", "#e5e1d9", "#efece6", "#ffffff"
GAP, SPEND, BUDGET = "#0b6b66", "#b8752a", "#f3e6cf"
LOOK = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so a picture looks the same everywhere
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK_SOFT,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titlepad": 12,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "xtick.color": INK_SOFT,
    "ytick.color": INK_SOFT,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "grid.color": LINE,
    "grid.linewidth": 0.7,
}
ROWS, ROWS_LEAST = 30, 10
GAP_LEAST = 1e-4  # In percent: the axis goes on evenly from here down to nothing, which has no logarithm.


def require_drawable(path: Path) -> None:
    """Refuse a place where no picture can be written; better before a long plan than after it."""
    if path.suffix.lower() != ".png":
        raise SettingsError(f"a picture's name ends in .png, {path} does not")
    if path.is_dir():
        raise SettingsError(f"{path} is a folder; a picture needs a name that is free or a file's")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except FileNotFoundError:
        raise SettingsError(f"there is no folder {path.parent} to put the picture into") from None
    except OSError as problem:
        raise SettingsError(f"no picture can be written into {path.parent}: {problem.strerror}") from problem


def draw(population: Population, plan: Plan, path: Path) -> None:
    """Write the picture beside and move it into place."""
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_bytes(_picture(population, plan))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _picture(population: Population, plan: Plan) -> bytes:
    drawn, file = io.BytesIO(), io.BytesIO()
    with matplotlib.style.context(["default", LOOK]):
        layout = ConstrainedLayoutEngine(w_pad=0.18, h_pad=0.14, wspace=0.04)
        figure = Figure(figsize=(10.5, 5.6), dpi=144, facecolor=PAPER, layout=layout)
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
        figure.suptitle(
            f"A plan for {population.people_count:,} people: {plan.deliveries.sum():,} deliveries worth {_money(plan.value)}; "
            f"no plan is worth more than {_money(plan.bound)}",
            x=0.018,
            ha="left",
            fontsize=10.5,
            color=INK_SOFT,
        )
        _draw_gaps(left, plan)
        _draw_spend(right, population.budgets.ad_set, plan.spend.ad_set)
        figure.savefig(drawn, format="png")
    # A palette makes a third of the file, and nothing here has more colours than that.
    with Image.open(drawn) as image:
        image.convert("RGB").quantize(128).save(file, "PNG", optimize=True)
    return file.getvalue()


def _draw_gaps(axes: Axes, plan: Plan) -> None:
    """The share of each pass's bound that the plan is short of: the least of them is the certified gap."""
    gaps = [100 * (1 - plan.value / one.bound) if one.bound else 0.0 for one in plan.log]
    passes, certified = [one.number for one in plan.log], 100 * plan.gap
    least, most = min(*gaps, certified), max(*gaps, certified)
    if least < GAP_LEAST:
        axes.set_yscale("symlog", linthresh=GAP_LEAST)
        low = 0.0
    else:
        axes.set_yscale("log")
        low = 10 ** np.floor(np.log10(least / 2.5))
    axes.set_ylim(low, max(10 * GAP_LEAST, 10 ** np.ceil(np.log10(max(most, GAP_LEAST)))))
    axes.set_xlim(min(passes) - 0.5, max(passes) + 0.5)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda percent, _: f"{_plain(percent)} %"))
    axes.xaxis.set_major_locator(MaxNLocator(12, integer=True, min_n_ticks=1))
    axes.grid(axis="y")
    axes.axhline(certified, color=GAP, linewidth=1, linestyle=(0, (4, 3)))
    axes.plot(passes, gaps, color=GAP, linewidth=1.8, marker="o", markersize=5, clip_on=False)
    axes.annotate(
        f"Certified gap: {certified:.4f} %",
        (0, certified),
        xycoords=("axes fraction", "data"),
        xytext=(4, -5 if low else 5),
        textcoords="offset points",
        va="top" if low else "bottom",
        color=GAP,
        fontweight="bold",
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1},
    )
    axes.set_title("How far from the best it can be at most,\nafter each pass")
    axes.set_xlabel("Pass over everybody")


def _draw_spend(axes: Axes, budget: Any, spend: Any) -> None:
    """A bar for each ad set, the largest budget first; where there are many, for each group of them."""
    order = np.argsort(-budget, kind="stable")
    starts = group_starts(budget[order])
    is_single = len(starts) == len(order)
    names = [f"ad set {one}" for one in order] if is_single else _ranks(starts, len(order))
    budgets, spends = (np.add.reduceat(amounts[order], starts, dtype=np.float64) for amounts in (budget, spend))
    scale, unit = _scale(_axis_end(budgets, spends))
    rows = range(len(starts))
    axes.barh(rows, budgets / scale, height=0.72, color=BUDGET, label="Budget")
    axes.barh(rows, spends / scale, height=0.72, color=SPEND, label="Spend")
    axes.set_xlim(0, _axis_end(budgets, spends) / scale)
    axes.set_ylim(max(len(rows), ROWS_LEAST) - 0.4, -0.6)
    axes.set_yticks(rows, names, fontsize=9 if len(rows) <= 20 else 7.5)
    for row in rows:
        share = f"{100 * spends[row] / budgets[row]:.0f} %" if budgets[row] else "-"
        where: Any = {"transform": axes.get_yaxis_transform(), "ha": "right", "va": "center_baseline"}
        axes.text(1.075, row, share, fontsize=7.5, color=INK_SOFT, **where)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda amount, _: f"{amount:,.10g}"))
    axes.grid(axis="x")
    # Beside the title's first line, where no bar can be.
    axes.legend(loc="lower right", bbox_to_anchor=(1.09, 1), borderaxespad=2.1, frameon=False, ncols=2)
    among = "largest budget first" if is_single else "largest first, in groups of about equal budgets"
    axes.set_title(f"Spend and budget, by ad set,\n{among}")
    axes.set_xlabel(f"Money, in {unit} of the currency")


def group_starts(falling: Any) -> Any:
    """Where each bar's ad sets begin: each takes its share of what is left, and at least one."""
    if len(falling) <= ROWS:
        return np.arange(len(falling))
    upto = np.concatenate([[0.0], np.cumsum(falling, dtype=np.float64)])
    starts = [0]
    for left in range(ROWS, 1, -1):
        fair = upto[starts[-1]] + (upto[-1] - upto[starts[-1]]) / left
        start = max(starts[-1] + 1, int(np.searchsorted(upto, fair)))
        starts.append(min(start, len(falling) - left + 1))
    return np.array(starts)


def _ranks(starts: Any, count: int) -> list[str]:
    ends = [*starts[1:], count]
    return [
        f"{one + 1:,}" if end == one + 1 else f"{one + 1:,} to {end:,}" for one, end in zip(starts, ends, strict=True)
    ]


def _axis_end(budgets: Any, spends: Any) -> float:
    """The largest budget, unless it is so large that no spend would be seen beside it."""
    most, spent = float(budgets.max()), float(spends.max())
    return 1.02 * (min(most, 4 * spent) if spent else most) or MICROS_PER_UNIT


def _scale(micros: float) -> tuple[int, str]:
    for unit, name in ((10**9, "thousands of millions"), (10**6, "millions"), (10**3, "thousands")):
        if micros >= 10 * unit * MICROS_PER_UNIT:
            return unit * MICROS_PER_UNIT, name
    return MICROS_PER_UNIT, "units"


def _plain(number: float) -> str:
    return f"{number:.12f}".rstrip("0").rstrip(".")


def _money(micros: int) -> str:
    return f"{micros / MICROS_PER_UNIT:,.2f}"
