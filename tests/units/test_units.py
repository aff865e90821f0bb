"""Ids, money, text bounds and clocks."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoinder.units.bounds import has_words, is_clean_text
from rejoinder.units.clock import FileClock, monday_of
from rejoinder.units.ids import ID_MAX, id_from_wire, new_code, new_id
from rejoinder.units.money import MICROS_MAX, amount_text, micros_of
from rejoinder.units.networks import network_of


def test_ids_fit_and_differ() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(0 < each <= ID_MAX for each in ids)


@given(st.text())
def test_whatever_stands_in_an_address_is_an_id_or_zero(text: str) -> None:
    assert 0 <= id_from_wire(text) <= ID_MAX


@pytest.mark.parametrize("text", ["", "-1", "1.5", "9" * 20, "9223372036854775808", "१२", "0x1", " 1"])
def test_what_is_no_id_is_zero(text: str) -> None:
    assert id_from_wire(text) == 0


def test_codes_have_no_signs_that_look_alike() -> None:
    assert not set("ilou") & set(new_code(1000))


@given(st.integers(0, MICROS_MAX))
def test_an_amount_is_read_as_it_was_written(micros: int) -> None:
    assert micros_of(amount_text(micros)) == micros


@pytest.mark.parametrize("text", ["", "-1", "1e3", "1.0000001", "1,5", "٣", "1000000001", "NaN", "1.2.3", "."])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        micros_of(text)


def test_amounts_read_well() -> None:
    assert [amount_text(m) for m in (0, 500_000, 12_345_678, -1_500_000)] == ["0.00", "0.50", "12.345678", "-1.50"]


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "bell\x07", "\x7f"])
def test_what_a_database_cannot_keep_is_not_clean(text: str) -> None:
    assert not is_clean_text(text)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_ordinary_text_is_clean(text: str) -> None:
    assert is_clean_text(text)


def test_invisible_signs_are_no_words() -> None:
    assert not has_words(" \u200b\ufeff\n")
    assert has_words("ja")


def test_processes_that_share_a_clock_file_agree_and_time_goes_on(tmp_path: Path) -> None:
    one, other = FileClock(tmp_path / "clock"), FileClock(tmp_path / "clock")
    assert abs(one.now() - datetime.now(UTC)) < timedelta(minutes=1), "no file: the machine's time"
    one.set(datetime(2031, 5, 1, 12, tzinfo=UTC))
    first = other.now()
    assert datetime(2031, 5, 1, 12, tzinfo=UTC) <= first < datetime(2031, 5, 1, 12, 10, tzinfo=UTC)
    assert one.now() >= first


@given(st.dates())
def test_weeks_begin_on_monday(day: date) -> None:
    if day > date(1, 1, 7):
        assert monday_of(day).weekday() == 0
        assert monday_of(day) <= day < monday_of(day) + timedelta(days=7)


def test_neighbours_share_a_network_only_in_ipv6() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1")
    assert network_of("2001:db8:0:1::1") != network_of("2001:db8:0:2::1")
    assert network_of("192.0.2.1") != network_of("192.0.2.2")
    assert network_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert network_of("not an address") == "unknown"
