"""Batches against a real Postgres: order, repeats, isolation, locks, the reply window and stop words."""

import asyncio
import re
from datetime import timedelta

import msgspec
import pytest

from rejoinder.chat.messages import commands, tally
from rejoinder.chat.messages.model import Accepted, MessageRef, NotEditable, Rejected, SponsoredDraft, Taken
from rejoinder.chat.model import (
    Card,
    ClientId,
    Participant,
    Postback,
    PostbackButton,
    QuickReply,
    Sponsored,
    Text,
    UrlButton,
)
from rejoinder.chat.receipts import commands as receipts
from rejoinder.chat.receipts.model import Mark
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.contacts import commands as contacts
from rejoinder.people.protections import commands as protections
from rejoinder.units.clock import FixedClock
from tests.support.chat import append, append_one, make_business_thread, make_direct, stored
from tests.support.database import until_waiting


def code_of(verdict: object) -> str:
    return verdict.code if isinstance(verdict, Rejected) else "accepted" if isinstance(verdict, Accepted) else "taken"


async def test_positions_and_changes_are_a_sequence_over_accepted_drafts_only(
    database: Database, clock: FixedClock
) -> None:
    thread = await make_direct(database, at=clock.now())
    drafts = [
        thread.draft("one"),
        thread.draft("\x00poison"),
        thread.draft("two", by=thread.other),
        thread.draft("no", by=Participant("person", 1)),
        thread.draft("three"),
    ]
    verdicts = await append(database, clock, drafts)
    assert [code_of(verdict) for verdict in verdicts] == [
        "accepted",
        "message_invalid",
        "accepted",
        "thread_missing",
        "accepted",
    ]
    rows = await stored(database, thread.id)
    assert [(row["position"], row["change"], row["body"]["text"]) for row in rows] == [
        (1, 1, "one"),
        (2, 2, "two"),
        (3, 3, "three"),
    ]


async def test_the_same_client_id_is_answered_again_and_another_payload_conflicts(
    database: Database, clock: FixedClock
) -> None:
    thread = await make_direct(database, at=clock.now())
    draft = thread.draft("hello", client_id="c1")
    first, again, other = await append(
        database, clock, [draft, thread.draft("hello", client_id="c1"), thread.draft("else", client_id="c1")]
    )
    later, later_other = await append(database, clock, [draft, thread.draft("else", client_id="c1")])
    assert isinstance(first, Accepted)
    assert isinstance(later, Accepted)
    assert again == first
    assert (later.position, later.at_change, later.sent_at) == (first.position, first.at_change, first.sent_at)
    assert later.change is None
    assert [code_of(other), code_of(later_other)] == ["conflict", "conflict"]
    assert len(await stored(database, thread.id)) == 1


async def test_an_append_waits_for_a_stop_and_then_sees_it(database: Database, clock: FixedClock) -> None:
    """Lock, then decide: a decision taken in the locking statement would still see the open window."""
    thread = await make_business_thread(database, at=clock.now())
    await append_one(database, clock, thread.draft("hi"))
    async with database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await protections.block_business(Tx(connection), thread.one.id, thread.other.id, at=clock.now())
        answer = asyncio.create_task(append(database, clock, [thread.draft("an answer", by=thread.other)]))
        await until_waiting(database, answer)
        await transaction.commit()
    assert [code_of(verdict) for verdict in await answer] == ["not_receiving"]
    assert len(await stored(database, thread.id)) == 1


async def test_opposite_senders_in_opposite_orders_never_deadlock(database: Database, clock: FixedClock) -> None:
    pairs = [await make_direct(database, at=clock.now()) for _ in range(6)]
    before = await deadlocks(database)

    async def send(side: int) -> None:
        order = pairs if side else list(reversed(pairs))
        for _ in range(15):
            verdicts = await append(database, clock, [p.draft(by=p.other if side else p.one) for p in order])
            assert all(isinstance(verdict, Accepted) for verdict in verdicts)

    await asyncio.gather(send(0), send(1), send(0), send(1))
    assert await deadlocks(database) == before
    for pair in pairs:
        assert [row["position"] for row in await stored(database, pair.id)] == list(range(1, 61))
        counts = await database.pool.fetch("SELECT unread_count FROM chat.mailbox WHERE thread_id = $1", pair.id)
        assert sorted(row["unread_count"] for row in counts) == [30, 30]


async def deadlocks(database: Database) -> int:
    await database.pool.fetchval("SELECT pg_stat_force_next_flush()")
    found: int = await database.pool.fetchval(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    return found


async def test_mailbox_versions_are_distinct_and_without_gaps(database: Database, clock: FixedClock) -> None:
    thread = await make_direct(database, at=clock.now())
    before = await database.pool.fetchval(
        "SELECT version FROM chat.mailbox_counter WHERE person_id = $1", thread.one.id
    )

    async def send() -> list[int | None]:
        found = []
        for _ in range(10):
            accepted = await append_one(database, clock, thread.draft())
            assert accepted.change is not None
            found.append(accepted.change.audience[thread.one])
        return found

    rounds = await asyncio.gather(*(send() for _ in range(4)))
    versions = [version for found in rounds for version in found]
    assert sorted(versions, key=lambda version: version or 0) == list(range(before + 1, before + 41))


async def test_a_taken_thread_is_passed_over_and_the_others_go_through(database: Database, clock: FixedClock) -> None:
    free, held = [await make_direct(database, at=clock.now()) for _ in range(2)]
    shop = await make_business_thread(database, at=clock.now())
    async with database.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT 1 FROM chat.thread WHERE id = $1 FOR UPDATE", held.id)
        await contacts.lock_contacts(Tx(connection), [(shop.one.id, shop.other.id)])
        drafts = [held.draft(), free.draft(), shop.draft()]
        verdicts = await database.run(lambda tx: commands.append_many(tx, drafts, clock, is_skipping=True))
    assert isinstance(verdicts[0], Taken)
    assert isinstance(verdicts[1], Accepted)
    assert isinstance(verdicts[2], Taken)


async def test_a_business_may_answer_for_a_day_and_five_times_in_a_row(database: Database, clock: FixedClock) -> None:
    thread = await make_business_thread(database, at=clock.now())
    early = await append(database, clock, [thread.draft("hi", by=thread.other)])
    assert [code_of(verdict) for verdict in early] == ["window_closed"]
    await append_one(database, clock, thread.draft("hello?"))
    verdicts = await append(database, clock, [thread.draft(str(n), by=thread.other) for n in range(6)])
    assert [code_of(verdict) for verdict in verdicts] == ["accepted"] * 5 + ["unanswered"]
    await append_one(database, clock, thread.draft("yes"))
    clock.move(hours=24)
    late = await append(database, clock, [thread.draft("late", by=thread.other)])
    assert [code_of(verdict) for verdict in late] == ["window_closed"]


async def test_kinds_belong_to_their_side(database: Database, clock: FixedClock) -> None:
    thread = await make_business_thread(database, at=clock.now())
    drafts = [
        thread.draft(body=QuickReply("Opening hours", "HOURS")),
        thread.draft(body=Card("No")),
        thread.draft(by=thread.other, body=QuickReply("No", "NO")),
        thread.draft(by=thread.other, body=Card("Sencha")),
    ]
    verdicts = await append(database, clock, drafts)
    assert [code_of(verdict) for verdict in verdicts] == ["accepted", "not_allowed", "not_allowed", "accepted"]
    contact = await database.pool.fetchrow("SELECT * FROM people.contact WHERE person_id = $1", thread.one.id)
    assert contact is not None
    assert contact["first_wrote_at"] is None
    assert contact["reply_window_ends_at"] == clock.now() + timedelta(hours=24)


async def test_a_stop_word_stops_in_its_own_transaction_and_is_confirmed_once(
    database: Database, clock: FixedClock
) -> None:
    thread = await make_business_thread(database, at=clock.now())
    await append(database, clock, [thread.draft("STOP"), thread.draft("stop!")])
    await append_one(database, clock, thread.draft("Stop."))
    rows = await stored(database, thread.id)
    assert [row["body"]["type"] for row in rows] == ["text", "stop_confirmed", "text", "text"]
    assert [row["sender_kind"] for row in rows][1] == "business"
    contact = await database.pool.fetchrow("SELECT * FROM people.contact WHERE person_id = $1", thread.one.id)
    assert contact is not None
    assert contact["ads_stopped_at"] == clock.now()
    assert (contact["first_wrote_at"], contact["unanswered_count"], contact["unread_reply_count"]) == (None, 0, 0)
    kinds = await database.pool.fetch(
        "SELECT kind, actor FROM people.protection_event WHERE person_id = $1", thread.one.id
    )
    assert ("stopped", "stop_word") in [(row["kind"], row["actor"]) for row in kinds]


@pytest.mark.parametrize("body", [QuickReply("Stop", "MORE"), Postback("STOP", "MORE")])
async def test_a_button_that_says_stop_stops_whatever_the_business_makes_of_it(
    database: Database, clock: FixedClock, body: QuickReply | Postback
) -> None:
    thread = await make_business_thread(database, at=clock.now())
    await append(database, clock, [thread.draft("Hello"), thread.draft(body=body)])
    assert [row["body"]["type"] for row in await stored(database, thread.id)][-1] == "stop_confirmed"
    contact = await database.pool.fetchrow("SELECT * FROM people.contact WHERE person_id = $1", thread.one.id)
    assert contact is not None
    assert (contact["ads_stopped_at"], contact["last_wrote_kind"]) == (clock.now(), "typed")


async def test_no_client_id_of_the_business_keeps_a_stop_word_from_stopping(
    database: Database, clock: FixedClock
) -> None:
    """Every id that a client may draw leaves the confirmation its own."""
    thread = await make_business_thread(database, at=clock.now())
    first = (await append_one(database, clock, thread.draft())).position
    guessed = [tally.STOP_CLIENT_ID.format(position=first + n + 2) for n in range(4)]
    for client_id in [re.sub("[^A-Za-z0-9_-]", "-", guess) for guess in guessed]:
        await append_one(database, clock, thread.draft(by=thread.other, client_id=client_id))
    await append_one(database, clock, thread.draft("STOP"))
    assert [row["body"]["type"] for row in await stored(database, thread.id)][-1] == "stop_confirmed"
    for unfit in (guessed[0], f"{'x' * 64}\n"):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(unfit, ClientId)


@pytest.mark.parametrize(
    "card",
    [
        Card("Sencha", image_url="https://tea.example/a\0b"),
        Card("Sencha", buttons=[UrlButton("Look", "https://tea.example/a\0b")]),
        Card("Sencha", buttons=[PostbackButton("Look", "A\0B")]),
    ],
)
async def test_no_part_of_a_card_holds_what_cannot_be_stored(database: Database, clock: FixedClock, card: Card) -> None:
    thread = await make_business_thread(database, at=clock.now())
    await append_one(database, clock, thread.draft())
    (verdict,) = await append(database, clock, [thread.draft(by=thread.other, body=card)])
    assert code_of(verdict) == "message_invalid"


async def test_an_edit_keeps_position_and_takes_the_next_change(database: Database, clock: FixedClock) -> None:
    thread = await make_direct(database, at=clock.now())
    await append(database, clock, [thread.draft("helo"), thread.draft("you", by=thread.other)])
    clock.move(minutes=15)
    change = await database.run(lambda tx: commands.edit(tx, thread.one, thread.id, 1, text="hello", clock=clock))
    assert (change.from_change, change.to_change) == (2, 3)
    assert change.messages[0].body == Text("hello")
    clock.move(seconds=1)
    with pytest.raises(NotEditable, match="15 minutes"):
        await database.run(lambda tx: commands.edit(tx, thread.one, thread.id, 1, text="later", clock=clock))
    with pytest.raises(NotEditable, match="Only who sent"):
        await database.run(lambda tx: commands.unsend(tx, thread.one, thread.id, 2, clock=clock))


async def test_unsending_keeps_the_row_and_takes_the_words_and_the_unread_mark(
    database: Database, clock: FixedClock
) -> None:
    thread = await make_direct(database, at=clock.now())
    await append(database, clock, [thread.draft("secret"), thread.draft("other")])
    await database.run(lambda tx: commands.unsend(tx, thread.one, thread.id, 1, clock=clock))
    assert [row["body"] for row in await stored(database, thread.id)] == [
        {"type": "unsent"},
        {"type": "text", "text": "other"},
    ]
    assert await unread(database, thread.other.id) == 1
    with pytest.raises(NotEditable):
        await database.run(lambda tx: commands.unsend(tx, thread.one, thread.id, 1, clock=clock))


async def unread(database: Database, person_id: int) -> int:
    count: int = await database.pool.fetchval("SELECT unread_count FROM chat.mailbox WHERE person_id = $1", person_id)
    return count


async def test_a_business_edits_only_while_it_could_write(database: Database, clock: FixedClock) -> None:
    thread = await make_business_thread(database, at=clock.now())
    await append_one(database, clock, thread.draft("open?"))
    clock.move(hours=23, minutes=55)
    for n in range(5):
        await append_one(database, clock, thread.draft(f"{n}", by=thread.other))
    await database.run(lambda tx: commands.edit(tx, thread.other, thread.id, 6, text="yes", clock=clock))
    clock.move(minutes=6)
    with pytest.raises(NotEditable, match="reply window is closed"):
        await database.run(lambda tx: commands.edit(tx, thread.other, thread.id, 6, text="Offer!", clock=clock))
    assert (await stored(database, thread.id))[5]["body"]["text"] == "yes"


async def test_an_answer_unsent_before_it_was_read_is_no_unread_reply(database: Database, clock: FixedClock) -> None:
    thread = await make_business_thread(database, at=clock.now())
    await append_one(database, clock, thread.draft("open?"))
    for words in ("yes", "no", "yes"):
        await append_one(database, clock, thread.draft(words, by=thread.other))
    key = (thread.one.id, thread.other.id)

    async def unread_replies() -> int:
        async with database.transaction() as tx:
            return (await contacts.read_standings(tx, [key]))[key].unread_reply_count

    await database.run(lambda tx: commands.unsend(tx, thread.other, thread.id, 3, clock=clock))
    assert await unread_replies() == 2
    await database.run(lambda tx: receipts.move_many(tx, [Mark(thread.one, thread.id, 4, 4)], clock))
    await append_one(database, clock, thread.draft("still yes", by=thread.other))
    await database.run(lambda tx: commands.unsend(tx, thread.other, thread.id, 2, clock=clock))
    assert await unread_replies() == 1


async def test_an_advert_moves_nothing_up_and_is_withdrawn_whole(database: Database, clock: FixedClock) -> None:
    thread = await make_business_thread(database, at=clock.now())
    await append_one(database, clock, thread.draft("hi"))
    body = Sponsored("Tea", "10 % off", "Tea GmbH", "Tea House", "7", "token")
    draft = SponsoredDraft(thread.one.id, thread.id, thread.other.id, body, origin_ref=7)
    before = await database.pool.fetchrow("SELECT * FROM chat.mailbox WHERE person_id = $1", thread.one.id)
    clock.move(days=2)
    positions = await database.run(lambda tx: commands.append_sponsored(tx, [draft], clock.now()))
    after = await database.pool.fetchrow("SELECT * FROM chat.mailbox WHERE person_id = $1", thread.one.id)
    assert before is not None
    assert after is not None
    assert positions == [2]
    assert (after["rank_at"], after["unread_count"], after["sponsored_at"]) == (before["rank_at"], 0, clock.now())
    assert after["version"] == before["version"] + 1
    with pytest.raises(NotEditable):
        await database.run(lambda tx: commands.unsend(tx, thread.other, thread.id, 2, clock=clock))
    refs = [MessageRef(thread.one.id, thread.id, position) for position in (1, 2)]
    changes = await database.run(lambda tx: commands.withdraw(tx, refs, clock.now()))
    assert [row["body"] for row in await stored(database, thread.id)][1] == {"type": "unsent", "is_sponsored": True}
    assert [(len(change.messages), set(change.audience)) for change in changes] == [(1, {thread.one})]


async def test_a_batch_takes_few_round_trips_however_many_drafts(database: Database, clock: FixedClock) -> None:
    direct = [await make_direct(database, at=clock.now()) for _ in range(3)]
    shop = await make_business_thread(database, at=clock.now())
    for drafts, most in (([thread.draft() for thread in direct], 7), ([shop.draft(), direct[0].draft()], 10)):
        said: list[str] = []
        async with database.pool.acquire() as connection:
            with connection.query_logger(lambda record, said=said: said.append(record.query)):
                async with connection.transaction():
                    await commands.append_many(Tx(connection), drafts, clock)
        statements = [query for query in said if not query.startswith(("BEGIN", "COMMIT"))]
        assert len(statements) <= most, statements
