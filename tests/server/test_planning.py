"""The command that plans: made up, planned, told, drawn; and a mistake is one sentence."""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from rejoinder.ads.planner.chunks import write_chunk
from rejoinder.ads.planner.population import write_budgets
from rejoinder.ads.planner.problem import ProblemError
from rejoinder.server.plan_plot import ROWS, group_starts
from rejoinder.server.planning import plan_and_print
from rejoinder.server.settings import SettingsError
from tests.support.planner import ints, random_instance


def rejoinder(*words: str | Path, without: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """Run the command; `without`: a folder whose modules stand before those that are installed."""
    command = [sys.executable, "-m", "rejoinder", "plan", *map(str, words)]
    surroundings = os.environ | ({"PYTHONPATH": str(without)} if without else {})
    return subprocess.run(command, capture_output=True, text=True, check=False, env=surroundings)


def write_town(folder: Path, *, chunk_count: int = 3, ad_set_count: int = 12) -> list[Path]:
    """A small population; returns its chunks."""
    instance = random_instance(4, people_count=3_000, ad_set_count=ad_set_count)
    folder.mkdir()
    paths = [folder / f"{number}.chunk" for number in range(chunk_count)]
    for chunk, path in zip(instance.chunks(chunk_count), paths, strict=True):
        write_chunk(chunk, path)
    write_budgets(folder, instance.budgets, instance.value_max, instance.salt)
    return paths


def one_sentence(*words: str | Path, without: Path | None = None) -> str:
    done = rejoinder(*words, without=without)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (2, "", 1), done
    return done.stdout


def refusal_of(*paths: Path, picture: Path | None = None) -> str:
    """The same without a process: what the command would say, having said nothing else."""
    said = StringIO()
    with pytest.raises((SettingsError, ProblemError)) as refused:
        plan_and_print(paths, Console(file=said), threads=1, passes_max=1, picture=picture)
    assert said.getvalue() == ""
    return str(refused.value)


def test_a_population_is_made_up_planned_and_drawn(tmp_path: Path) -> None:
    folder, picture = tmp_path / "town", tmp_path / "town.png"
    made = rejoinder(folder, "--generate", "--people", "20000", "--ad-sets", "40")
    assert made.returncode == 0, made.stderr
    assert "20,000 people and 40 ad sets" in made.stdout
    done = rejoinder(folder, "--threads", "2", "--plot", picture)
    assert done.returncode == 0, done.stderr
    found = re.search(r"Certified gap: (\d+\.\d+) %", done.stdout)
    assert found is not None, done.stdout
    assert float(found[1]) < 1
    words = " ".join(done.stdout.split())
    assert "no plan is worth more than" in words
    assert re.search(r"changes what any plan is worth by at most \d+\.\d+ \(\d\.\d{4} % of this one\)", words)
    assert re.search(r"Campaigns and accounts with the highest prices.*│ account \d+ +│ \d+\.\d+ +│", words)
    with Image.open(picture) as image:
        assert image.format == "PNG"
        assert image.width > 1_000 < 2 * image.height
        colours = image.convert("RGB").getcolors(image.width * image.height)
    assert colours is not None
    assert len(colours) > 50
    assert max(colours)[0] < 0.98 * image.width * image.height
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".png"] == ["town"]


def test_chunks_plan_as_their_folder_and_some_of_them_as_some(tmp_path: Path) -> None:
    chunks = write_town(tmp_path / "town")

    def told(*paths: Path) -> str:
        done = rejoinder(*paths, "--threads", "1")
        assert (done.returncode, done.stderr) == (0, "")
        return re.sub(r"\d+\.\d{3} +│\n|in \d+\.\d s", "", done.stdout)

    whole = told(tmp_path / "town")
    assert told(*reversed(chunks)) == whole
    assert "0 people" not in whole
    assert told(*chunks[:2]) != whole


def hiding(folder: Path, module: str) -> Path:
    """A folder in which a module stands that cannot be imported."""
    folder.mkdir()
    (folder / f"{module}.py").write_text(f"raise ImportError('there is no {module}')\n")
    return folder


def test_without_a_compiler_the_plan_is_the_same(tmp_path: Path) -> None:
    write_town(tmp_path / "town")
    said = []
    for without in (None, hiding(tmp_path / "hidden", "numba")):
        done = rejoinder(tmp_path / "town", "--threads", "2", without=without)
        assert done.returncode == 0, done.stderr
        said.append(re.search(r"[\d,]+ deliveries worth .*", done.stdout))
    assert said[0] is not None
    assert said[1] is not None
    assert said[0][0] == said[1][0]


def test_without_ray_that_is_said_in_a_sentence(tmp_path: Path) -> None:
    write_town(tmp_path / "town")
    told = one_sentence(tmp_path / "town", "--ray", "2", without=hiding(tmp_path / "hidden", "ray"))
    assert "pip install 'rejoinder[ray]'" in told


def test_a_sample_is_where_the_first_pass_starts(tmp_path: Path) -> None:
    write_town(tmp_path / "town")
    first = []
    for sample_lots in (0, 128):
        plan = plan_and_print(
            [tmp_path / "town"], Console(file=StringIO()), threads=2, passes_max=4, sample_lots=sample_lots
        )
        first.append(plan.log[0].bound)
    assert first[1] < first[0]


def test_paths_that_are_no_part_of_one_population_are_refused(tmp_path: Path) -> None:
    town = tmp_path / "town"
    chunks = write_town(town)
    others = write_town(tmp_path / "other", chunk_count=1, ad_set_count=9)
    assert "named twice" in one_sentence(chunks[0], chunks[1], town / ".." / "town" / chunks[0].name)
    assert "there is no" in one_sentence(chunks[0], town / "[/9].chunk")
    (town / "link").symlink_to(chunks[0])
    for paths, problem in (
        ([town, chunks[0]], "named twice"),
        ([chunks[0], town / "link"], "named twice"),
        ([chunks[0], others[0]], "budgets of one folder"),
        ([town, tmp_path / "other"], "budgets of one folder"),
        ([town / "budgets.npz"], "is no chunk"),
    ):
        assert problem in refusal_of(*paths)
    others[0].rename(town / "9.chunk")
    assert "9.chunk was built for other ad sets" in refusal_of(town)
    (town / "budgets.npz").unlink()
    assert "it is no population" in refusal_of(chunks[0])


def test_a_picture_that_cannot_be_drawn_is_refused_before_planning(tmp_path: Path) -> None:
    town = tmp_path / "town"
    write_town(town)
    (tmp_path / "folder.png").mkdir()
    for picture, problem in (
        (tmp_path / "plan.svg", "ends in .png"),
        (tmp_path / "nowhere" / "plan.png", "there is no folder"),
        (town / "0.chunk" / "plan.png", "no picture can be written"),
        (tmp_path / "folder.png", "is a folder"),
    ):
        assert problem in refusal_of(town, picture=picture)
    (tmp_path / "poor").mkdir()
    (tmp_path / "poor" / "matplotlib.py").write_text("raise ImportError")
    without = one_sentence(town, "--plot", tmp_path / "plan.png", without=tmp_path / "poor")
    assert "drawing needs matplotlib: pip install 'rejoinder[plot]'" in without
    assert rejoinder(town, without=tmp_path / "poor").returncode == 0


@pytest.mark.parametrize("budgets", [[0] * 40, [2**53] + [0] * 60, [2**53] * 31, list(range(100_000, 0, -1))])
def test_every_ad_set_is_in_one_group(budgets: list[int]) -> None:
    starts = group_starts(ints(*budgets))
    assert (starts[0], len(starts)) == (0, ROWS)
    assert (starts[1:] > starts[:-1]).all()
    assert starts[-1] < len(budgets)


def test_what_cannot_be_planned_is_told_in_a_sentence(tmp_path: Path) -> None:
    assert "holds no .chunk files" in refusal_of(tmp_path)
    assert "degree must lie between" in one_sentence(tmp_path / "town", "--generate", "--degree", "99")
    (tmp_path / "file").write_text("")
    assert "Not a directory" in one_sentence(tmp_path / "file" / "town", "--generate", "--people", "10")
    assert "one PATH" in one_sentence(tmp_path / "a", tmp_path / "b", "--generate")
    assert "no --plot" in one_sentence(tmp_path / "a", "--generate", "--plot", tmp_path / "a.png")
