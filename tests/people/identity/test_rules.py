"""What names, addresses, passwords, handles, links and labels may be."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoinder.people.identity import rules
from rejoinder.units.ids import new_code

AT = datetime(2030, 1, 9, 12, 0, tzinfo=UTC)
SECRET = b"s" * 32


@given(st.text())
def test_a_name_is_kept_as_it_is_compared(text: str) -> None:
    name = rules.name_of(text)
    assert rules.name_of(name) == name
    if rules.refusal_to_name(name) is None:
        assert 1 <= len(name) <= 60
        assert name.encode()
        assert "\0" not in name


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "a\0b", "\ud800", "x" * 61, "a\x07b", "\u202elave"])
def test_what_nobody_can_be_called(name: str) -> None:
    assert rules.refusal_to_name(rules.name_of(name))


@pytest.mark.parametrize("name", ["Ada", "李", "Ada  Lovelace ", "O'Neil-Smith", "x" * 60])
def test_what_people_are_called(name: str) -> None:
    assert rules.refusal_to_name(rules.name_of(name)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "@x.org",
        "a b@x.org",
        "a@b@c.org",
        "a,b@x.org",
        "a@x.org\r\nBcc: b@x.org",
        "a\0@x.org",
        "a@x",
        "<a@x.org>",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert rules.refusal_to_address(rules.address_of(text))


def test_addresses_are_compared_without_case_and_blanks() -> None:
    assert rules.address_of(" Ada@Example.ORG ") == "ada@example.org"
    assert rules.refusal_to_address("ada+tea@sub.example.org") is None


@pytest.mark.parametrize(
    "password",
    [
        "short 1",
        "x" * 201,
        "password",
        "Password1!",
        "passw0rd\0 long",
        "12345678",
        "87654321",
        "abcdefgh",
        "aaaaaaaa",
        "abababab",
        "ada@example.org",
        "Ada Lovelace",
        "lovelace.ada",
        "qwertyuiop",
        "2030!!!!",
    ],
)
def test_passwords_that_anybody_would_try(password: str) -> None:
    assert rules.refusal_to_password(password, address="lovelace.ada@example.org", name="Ada Lovelace") or (
        rules.refusal_to_password(password, address="ada@example.org", name="Ada Lovelace")
    )


@pytest.mark.parametrize("password", ["correct horse 7", "Tr0ub4dor&3", "πρόσβαση-42", "x7!kd92m", "a" * 100 + "bcd"])
def test_passwords_that_do(password: str) -> None:
    assert rules.refusal_to_password(password, address="ada@example.org", name="Ada Lovelace") is None


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzABC@._- 0123456789", max_size=40))
def test_handles_match_what_the_database_takes(text: str) -> None:
    handle = rules.handle_of(text)
    assert rules.handle_of(handle.removeprefix("@")) == handle.removeprefix("@").strip()
    if rules.refusal_to_handle(handle) is None:
        assert 3 <= len(handle) <= 32
        assert handle.isascii()
        assert handle[0].isalnum()


@pytest.mark.parametrize(
    "handle", ["ab", "admin", "Rejoinder", "@support", ".ada", "ada lovelace", "ädä", "a" * 33, "live", ""]
)
def test_handles_that_nobody_gets(handle: str) -> None:
    assert rules.refusal_to_handle(rules.handle_of(handle))


def test_a_code_may_be_typed_with_blanks_capitals_and_look_alikes() -> None:
    code = new_code()
    assert rules.code_of(f" {code[:4].upper()} {code[4:]} ") == code
    assert rules.code_of("OIL0 1234") == "01101234"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("en", True), ("pt-BR", True), ("zh-Hant-TW", True), ("e", False), ("en_US", False), ("en-", False)],
)
def test_languages(text: str, is_one: bool) -> None:  # noqa: FBT001  a table's column
    assert rules.is_language(text) is is_one


@given(known=st.none() | st.integers(1900, 2030), year=st.integers(1900, 2030))
def test_a_birth_year_never_moves_to_older(known: int | None, year: int) -> None:
    assert (rules.refusal_to_birth_year(year, known=known) is None) == (known is None or year >= known)


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.0 Safari/605.1", "Safari on Mac"),
        ("curl/8", "Another device"),
        ("", "Another device"),
    ],
)  # fmt: skip
def test_devices_in_plain_words(agent: str, label: str) -> None:
    assert rules.device_label(agent) == label


def test_a_link_signs_in_its_person_until_it_expires() -> None:
    signed = rules.sign_link(SECRET, person_id=7, expires_at=AT)
    assert rules.read_link(SECRET, signed, at=AT - timedelta(seconds=1)) == 7
    assert rules.read_link(SECRET, signed, at=AT) is None
    assert rules.read_link(b"t" * 32, signed, at=AT - timedelta(seconds=1)) is None


@given(st.text(max_size=80), st.integers(0, 60), st.characters(codec="ascii", categories=["L", "N"]))
def test_a_link_that_was_touched_opens_nothing(text: str, index: int, sign: str) -> None:
    signed = rules.sign_link(SECRET, person_id=7, expires_at=AT + timedelta(days=1))
    touched = signed[: index % len(signed)] + sign + signed[index % len(signed) + 1 :]
    assert rules.read_link(SECRET, text, at=AT) is None
    assert rules.read_link(SECRET, touched, at=AT) in (
        {7} if touched == signed or touched[:-1] == signed[:-1] else {None}
    )


@pytest.mark.parametrize("path", ["//evil.org", "https://evil.org", "/\\evil.org", "evil", "", "/a\nb"])
def test_redirects_that_would_leave(path: str) -> None:
    assert not rules.is_local_path(path)


def test_redirects_that_stay() -> None:
    assert rules.is_local_path("/console?tab=inbox#x")


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)), st.sampled_from([900, 3600]))  # noqa: DTZ001  zone follows
def test_windows_are_fixed(naive: datetime, window_s: int) -> None:
    at = naive.replace(tzinfo=UTC)
    began = rules.window_of(at, window_s)
    assert timedelta(0) <= at - began < timedelta(seconds=window_s)
    assert rules.window_of(began, window_s) == began


def test_mail_waits_longer_each_time_and_ends() -> None:
    waits = [rules.mail_wait(tries) for tries in range(1, rules.MAIL_TRIES_MAX + 1)]
    assert waits[-1] is None
    known = [wait for wait in waits if wait is not None]
    assert known == sorted(known)
    assert known[0] == timedelta(minutes=1)
