"""What a glimpse does, by the state of the hold."""

from dataclasses import replace
from datetime import timedelta

import pytest

from rejoinder.ads.delivery.model import Held
from rejoinder.ads.delivery.rules import VOID_OF_KIND, Effect, effect_of_glimpse
from rejoinder.people.protections.events import WITHDRAWING
from rejoinder.units.ids import token_hash
from tests.support.rounds import NOON

HELD = Held(
    person_id=1,
    id=2,
    campaign_id=3,
    business_id=4,
    ad_account_id=5,
    thread_id=6,
    position=7,
    state="held",
    charge_micros=8,
    token_hash=token_hash("t"),
    deadline_at=NOON,
    seen_at=None,
)
BEFORE = NOON - timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("held", "token", "is_unwanted", "effect"),
    [
        (HELD, "t", False, Effect.POST),
        (HELD, "u", False, Effect.NOTHING),
        (HELD, "t", True, Effect.NOTE),
        (replace(HELD, deadline_at=BEFORE), "t", False, Effect.NOTE),
        (replace(HELD, state="void"), "t", False, Effect.NOTE),
        (replace(HELD, state="void"), "u", False, Effect.NOTHING),
        (replace(HELD, state="posted", seen_at=BEFORE), "t", False, Effect.NOTHING),
        (replace(HELD, seen_at=BEFORE), "t", False, Effect.NOTHING),
    ],
)
def test_a_glimpse_posts_once_while_the_hold_is_open(
    held: Held, token: str, *, is_unwanted: bool, effect: Effect
) -> None:
    assert effect_of_glimpse(held, token, is_unwanted=is_unwanted, at=BEFORE) is effect


def test_every_objection_that_withdraws_has_its_reason() -> None:
    assert set(VOID_OF_KIND) == WITHDRAWING
