"""The command that plans: made up, planned, told; and a mistake is one sentence."""

import re
import subprocess
import sys
from pathlib import Path


def rejoinder(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "rejoinder", "plan", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_population_is_made_up_and_planned(tmp_path: Path) -> None:
    folder = str(tmp_path / "town")
    made = rejoinder(folder, "--generate", "--people", "20000", "--ad-sets", "30")
    assert made.returncode == 0, made.stderr
    assert "20,000 people and 30 ad sets" in made.stdout
    done = rejoinder(folder, "--threads", "2")
    assert done.returncode == 0, done.stderr
    found = re.search(r"Certified gap: (\d+\.\d+) %", done.stdout)
    assert found is not None, done.stdout
    assert float(found[1]) < 1
    assert "no plan is worth more than" in " ".join(done.stdout.split())


def test_what_cannot_be_planned_is_told_in_a_sentence(tmp_path: Path) -> None:
    done = rejoinder(str(tmp_path))
    assert (done.returncode, done.stderr) == (2, "")
    assert "it is no population" in done.stdout
    made = rejoinder(str(tmp_path / "town"), "--generate", "--degree", "99")
    assert (made.returncode, made.stdout.count("\n")) == (2, 1)
    assert "degree must lie between" in made.stdout
    (tmp_path / "file").write_text("")
    nowhere = rejoinder(str(tmp_path / "file" / "town"), "--generate", "--people", "10")
    assert (nowhere.returncode, nowhere.stderr, nowhere.stdout.strip().count("\n")) == (2, "", 0)
    assert "Not a directory" in nowhere.stdout
