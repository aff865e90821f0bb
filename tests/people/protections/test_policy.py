"""The policy that ships, and files that are refused with a sentence that names them."""

from pathlib import Path

import pytest

from rejoinder.people.protections.model import Permission
from rejoinder.people.protections.policy import SHIPPED, PolicyError, load_policies

DEFAULT = (SHIPPED / "default.toml").read_text()


def folder(path: Path, **files: str) -> Path:
    for name, text in ({"default": DEFAULT} | files).items():
        (path / f"{name}.toml").write_text(text)
    return path


def test_the_policy_that_ships() -> None:
    policies = load_policies()
    assert policies.for_region("US") == policies.for_region(None) == policies.default
    assert (policies.default.cap_day, policies.default.cap_week, policies.default.owner_gap_hours) == (1, 3, 48)
    assert policies.default.permission is policies.for_region("DE").permission is Permission.SOFT
    assert policies.for_region("KR").permission is Permission.EXPLICIT
    assert {policy.version for policy in policies.regions.values()} == {policies.version}


def test_the_version_is_what_the_files_say(tmp_path: Path) -> None:
    same, other = tmp_path / "same", tmp_path / "other"
    for path in (same, other):
        path.mkdir()
    same_version = load_policies(folder(same, default=DEFAULT + "\n# a remark\n", xx='regions = ["XX"]')).version
    assert same_version == load_policies(folder(tmp_path, xx='regions = ["XX"]')).version
    assert same_version != load_policies(folder(other, xx='regions = ["XX"]\ncap_week = 2')).version


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("cap_day = 2", "cap_day is looser"),
        ("cap_week = 4", "cap_week is looser"),
        ("recency_days = 366", "recency_days is looser"),
        ("owner_gap_hours = 47", "owner_gap_hours is looser"),
        ("account_age_hours = 0", "account_age_hours is looser"),
        ('permission = "none"', "permission is looser"),
        ('kinds = ["typed", "tapped"]', "kinds is looser"),
        ('quiet_from = "22:00"', "quiet hours is looser"),
        ("cap_week = 0", "cap_week is below cap_day"),
        ("cap_day = -1", r"\$.cap_day"),
        ('cap_day = "1"', r"\$.cap_day"),
        ("adult_age = 17", r"\$.adult_age"),
        ('quiet_from = "25:00"', r"\$.quiet_from"),
        ('quiet_from = "08:00"', "the same time"),
        ('kinds = ["thought"]', "kinds knows"),
        ('permission = "maybe"', r"\$.permission"),
        ("cap_moon = 1", "cap_moon"),
        ("cap_day = ", "cannot be read"),
    ],
)
def test_a_bad_region_is_refused_by_name(tmp_path: Path, line: str, why: str) -> None:
    with pytest.raises(PolicyError, match=f"xx.toml.*{why}"):
        load_policies(folder(tmp_path, xx=f'regions = ["XX"]\n{line}\n'))


@pytest.mark.parametrize("regions", ["", "regions = []", 'regions = "XX"', 'regions = ["xx"]', "regions = [1]"])
def test_a_region_file_names_its_regions(tmp_path: Path, regions: str) -> None:
    with pytest.raises(PolicyError, match=r"xx\.toml: regions must be"):
        load_policies(folder(tmp_path, xx=regions))


def test_two_files_for_one_region_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="XX already has a file"):
        load_policies(folder(tmp_path, one='regions = ["XX"]', two='regions = ["XX"]'))


def test_a_folder_without_default_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"no default\.toml"):
        load_policies(tmp_path)
