"""Money on a real Postgres: balanced, immutable, found again by reference, never beyond a limit, also from many sides at once."""

import asyncio
from datetime import date, timedelta
from functools import partial
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rejoinder.ads.ledger import commands, store
from rejoinder.ads.ledger.model import (
    AdAccountMissing,
    AmountInvalid,
    Balances,
    FundingRefused,
    Move,
    ReferenceReused,
    RefundRefused,
    Return,
)
from rejoinder.db.transaction import Database, Tx
from rejoinder.units.ids import new_id
from rejoinder.units.money import MICROS_MAX
from tests.support.ads import AT, EURO, Committed, claim_of, committed_of, fund, make_ad_account, make_offer
from tests.support.database import in_thread, open_test_database

DAY = date(2030, 1, 9)


async def entries_sum(tx: Tx, ad_account_id: int) -> int:
    total: int = await tx.connection.fetchval(
        """SELECT coalesce(sum(e.amount_micros), 0)::bigint FROM ads.entry e
             JOIN ads.ledger_account l ON l.id = e.ledger_account_id WHERE l.ad_account_id = $1""",
        ad_account_id,
    )
    return total


async def topics(tx: Tx) -> list[str]:
    rows = await tx.connection.fetch("SELECT topic FROM db.outbox WHERE xid = pg_current_xact_id() ORDER BY id")
    return [row["topic"] for row in rows]


async def commit_checks(tx: Tx) -> None:
    """Run now what Postgres would check at commit."""
    await tx.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


async def test_an_owner_has_one_ad_account_in_a_currency(tx: Tx) -> None:
    owner_id = new_id()
    first = await make_ad_account(tx, owner_id=owner_id, funded_micros=0)
    again = await make_ad_account(tx, owner_id=owner_id, funded_micros=0)
    other = await make_ad_account(tx, owner_id=owner_id, funded_micros=0, currency="USD")
    assert first.id == again.id != other.id


async def test_a_life_of_money_in_balances(tx: Tx) -> None:
    account = await make_ad_account(tx, funded_micros=1000)
    await commands.hold_many(tx, [Move(account.id, 600, "chunk 1")], at=AT)
    await commands.post_many(tx, [Move(account.id, 250, "seen 1")], at=AT)
    await commands.void_many(tx, [Move(account.id, 350, "void 1")], at=AT)
    await commands.refund(tx, Move(account.id, 100, "back"), actor_id=9, at=AT)
    await commit_checks(tx)
    assert await store.read_balances(tx, account.id) == Balances(
        funded_micros=1000, refunded_micros=100, held_micros=0, spent_micros=250, credit_micros=650
    )
    assert await entries_sum(tx, account.id) == 0
    statement = await store.list_statement(tx, ad_account_id=account.id, before=None, row_count=10)
    assert {(line.kind, line.amount_micros) for line in statement} == {
        ("fund", 1000),
        ("hold", 600),
        ("post", 250),
        ("void", 350),
        ("refund", 100),
    }
    assert await topics(tx) == ["ads.money_moved", "ads.money_moved"]


async def test_a_statement_pages_steadily(tx: Tx) -> None:
    account = await make_ad_account(tx, funded_micros=0)
    for n in range(5):
        await fund(tx, account.id, 10 + n, at=AT + timedelta(minutes=n))
    seen: list[int] = []
    before = None
    while page := await store.list_statement(tx, ad_account_id=account.id, before=before, row_count=2):
        seen += [line.amount_micros for line in page]
        before = (page[-1].at, page[-1].id)
    assert seen == [14, 13, 12, 11, 10]


@pytest.mark.parametrize("verb", ["fund", "refund", "hold_many", "post_many", "void_many"])
async def test_repeating_a_command_finds_the_first(tx: Tx, verb: str) -> None:
    account = await make_ad_account(tx, funded_micros=1000)
    await commands.hold_many(tx, [Move(account.id, 500, "before")], at=AT)

    async def once(micros: int) -> Any:
        move = Move(account.id, micros, "same")
        if verb == "fund":
            return await commands.fund(tx, move, way="test", is_test=True, is_operator=False, actor_id=1, at=AT)
        if verb == "refund":
            return await commands.refund(tx, move, actor_id=1, at=AT)
        return await getattr(commands, verb)(tx, [move], at=AT)

    first, balances = await once(70), await store.read_balances(tx, account.id)
    assert await once(70) == first
    assert await store.read_balances(tx, account.id) == balances
    with pytest.raises(ReferenceReused):
        await once(71)


async def test_test_money_needs_a_test_installation(tx: Tx) -> None:
    account = await make_ad_account(tx, funded_micros=0)
    with pytest.raises(FundingRefused):
        await commands.fund(
            tx, Move(account.id, 5, "x"), way="test", is_test=False, is_operator=True, actor_id=1, at=AT
        )


async def test_bad_amounts_change_nothing(tx: Tx) -> None:
    account = await make_ad_account(tx, funded_micros=MICROS_MAX)
    for micros in (0, -5, 1, MICROS_MAX + 1):
        with pytest.raises(AmountInvalid):
            await fund(tx, account.id, micros)
    with pytest.raises(AdAccountMissing):
        await fund(tx, new_id(), 5)
    assert (await store.read_balances(tx, account.id)).funded_micros == MICROS_MAX


async def test_leased_money_cannot_be_refunded(tx: Tx) -> None:
    account = await make_ad_account(tx, funded_micros=1000)
    offer = await make_offer(tx, account=account)
    await commands.lease(tx, [claim_of(offer, 400)], DAY)
    with pytest.raises(RefundRefused):
        await commands.refund(tx, Move(account.id, 601, "too much"), actor_id=1, at=AT)
    await commands.refund(tx, Move(account.id, 600, "all that is free"), actor_id=1, at=AT)
    assert await committed_of(tx, offer) == Committed(400, 400, 400)


@pytest.mark.parametrize(
    ("legs", "why"),
    [
        ([("funding", 5), ("credit", -4)], "does not sum to zero"),
        ([("funding", 5)], "one leg"),
        ([], "no leg"),
    ],
)
async def test_postgres_itself_refuses_an_unbalanced_transfer(tx: Tx, legs: list[tuple[str, int]], why: str) -> None:
    account = await make_ad_account(tx)
    transfer_id = new_id()
    await tx.connection.execute(
        "INSERT INTO ads.transfer VALUES ($1, $2, 'fund', $3, NULL, $4)", transfer_id, account.id, why, AT
    )
    for kind, micros in legs:
        await tx.connection.execute(
            "INSERT INTO ads.entry SELECT $1, id, $4 FROM ads.ledger_account WHERE ad_account_id = $2 AND kind = $3",
            transfer_id,
            account.id,
            kind,
            micros,
        )
    with pytest.raises(asyncpg.CheckViolationError, match="is not balanced"):
        await commit_checks(tx)


async def test_a_transfer_stays_inside_its_ad_account(tx: Tx) -> None:
    mine, other = await make_ad_account(tx), await make_ad_account(tx)
    transfer_id = new_id()
    await tx.connection.execute(
        "INSERT INTO ads.transfer VALUES ($1, $2, 'fund', 'across', NULL, $3)", transfer_id, mine.id, AT
    )
    await tx.connection.execute(
        """INSERT INTO ads.entry SELECT $1, id, CASE ad_account_id WHEN $2 THEN 5 ELSE -5 END FROM ads.ledger_account
            WHERE ad_account_id = ANY($3::bigint[]) AND kind = 'credit'""",
        transfer_id,
        mine.id,
        [mine.id, other.id],
    )
    with pytest.raises(asyncpg.CheckViolationError, match="is not balanced"):
        await commit_checks(tx)


@pytest.mark.parametrize("statement", ["UPDATE ads.{} SET {} = {}", "DELETE FROM ads.{}"])
@pytest.mark.parametrize(("table", "column"), [("transfer", "actor_id"), ("entry", "amount_micros")])
async def test_what_was_written_stays(tx: Tx, statement: str, table: str, column: str) -> None:
    await make_ad_account(tx)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append-only"):
        await tx.connection.execute(statement.format(table, column, column))


async def test_a_lease_is_bounded_by_every_level(tx: Tx) -> None:
    account = await make_ad_account(tx, funded_micros=500)
    small = await make_offer(tx, account=account, total_micros=300, bid_micros=100)
    large = await make_offer(tx, account=account, total_micros=900, bid_micros=100)
    leased = await commands.lease(tx, [claim_of(small, 400), claim_of(large, 400)], DAY)
    assert [claim.micros for claim in leased] == [300, 200]
    assert await committed_of(tx, small) == Committed(300, 300, 500)
    assert await committed_of(tx, large) == Committed(200, 200, 500)
    assert [claim.micros for claim in await commands.lease(tx, [claim_of(large, 1)], DAY)] == [0]


async def test_a_limit_lowered_below_committed_gives_nothing_new(tx: Tx) -> None:
    offer = await make_offer(tx, account=await make_ad_account(tx), total_micros=300, bid_micros=100)
    await commands.lease(tx, [claim_of(offer, 200)], DAY)
    await tx.connection.execute("UPDATE ads.budget SET limit_micros = 150 WHERE scope_id = $1", offer.id)
    assert [claim.micros for claim in await commands.lease(tx, [claim_of(offer, 1)], DAY)] == [0]


async def add_daily_budget(tx: Tx, scope_id: int, day: date, limit_micros: int) -> None:
    await tx.connection.execute(
        "INSERT INTO ads.budget (id, scope, scope_id, day, limit_micros) VALUES ($1, 'ad_set', $2, $3, $4)",
        new_id(),
        scope_id,
        day,
        limit_micros,
    )


async def test_a_return_refills_its_own_day_and_no_other(tx: Tx) -> None:
    offer = await make_offer(tx, account=await make_ad_account(tx), total_micros=1000, bid_micros=100)
    today, tomorrow = DAY, DAY + timedelta(days=1)
    for day in (today, tomorrow):
        await add_daily_budget(tx, offer.ad_set_id, day, 300)
        assert [claim.micros for claim in await commands.lease(tx, [claim_of(offer, 500)], day)] == [300]
    back = [
        Return(offer.ad_set_id, offer.id, offer.ad_account_id, day, micros)
        for day, micros in ((today, 100), (today, 20), (tomorrow, 5))
    ]
    await commands.lock_budgets(tx, back)
    await commands.return_many(tx, back)
    assert await committed_of(tx, offer) == Committed(
        475, 475, 475, {f"ad_set {today}": 180, f"ad_set {tomorrow}": 295}
    )


async def test_more_than_was_committed_cannot_come_back(tx: Tx) -> None:
    offer = await make_offer(tx, account=await make_ad_account(tx))
    await commands.lease(tx, [claim_of(offer, 100)], DAY)
    with pytest.raises(asyncpg.CheckViolationError):
        await commands.return_many(tx, [Return(offer.ad_set_id, offer.id, offer.ad_account_id, DAY, 101)])


@pytest.mark.parametrize("is_alone", [False, True], ids=["all three in both orders", "each another one"])
async def test_many_workers_never_lease_beyond_a_limit(database: Database, *, is_alone: bool) -> None:
    """Eight connections, three offers under one ad account that cannot pay for all of them.

    Workers at different offers have only the ad account in common, so nothing but its own lock holds them apart.
    """

    async def set_up(tx: Tx) -> Any:
        account = await make_ad_account(tx, funded_micros=2000)
        return [await make_offer(tx, account=account, total_micros=900, bid_micros=100) for _ in range(3)]

    offers = await database.run(set_up)

    async def worker(number: int) -> list[int]:
        got = [0, 0, 0]
        for turn in range(12):
            order = [0, 1, 2] if (number + turn) % 2 else [2, 1, 0]
            order = [number % 3] if is_alone else order
            wishes = [claim_of(offers[n], (7 + 13 * number + turn) * (3 if is_alone else 1)) for n in order]
            leased = await database.run(partial(commands.lease, claims=wishes, day=DAY))
            for n, claim in zip(order, leased, strict=True):
                got[n] += claim.micros
        return got

    totals = [sum(column) for column in zip(*await asyncio.gather(*map(worker, range(8))), strict=True)]
    assert sum(totals) == 2000, "all of the money was wanted, and not a micro-unit more was given"
    for offer, total in zip(offers, totals, strict=True):
        assert total <= 900
        assert await committed_of(database, offer) == Committed(total, total, 2000)


async def test_leases_and_returns_at_once_end_where_they_should(database: Database) -> None:
    offer = await database.run(_offer_of_its_own)
    key = Return(offer.ad_set_id, offer.id, offer.ad_account_id, DAY, 0)

    async def worker(number: int) -> int:
        kept = 0
        for turn in range(10):
            [leased] = await database.run(lambda tx: commands.lease(tx, [claim_of(offer, 50 + number)], DAY))
            back = leased.micros if turn % 3 else leased.micros // 2

            async def give_back(tx: Tx, back: int = back) -> None:
                await commands.lock_budgets(tx, [key])
                await commands.return_many(tx, [key._replace(micros=back)])

            await database.run(give_back)
            kept += leased.micros - back
        return kept

    kept = sum(await asyncio.gather(*map(worker, range(6))))
    assert await committed_of(database, offer) == Committed(kept, kept, kept)


async def _offer_of_its_own(tx: Tx) -> Any:
    account = await make_ad_account(tx, funded_micros=500)
    return await make_offer(tx, account=account, total_micros=400, bid_micros=100)


async def test_one_reference_from_many_sides_moves_money_once(database: Database) -> None:
    account = await database.run(lambda tx: make_ad_account(tx, funded_micros=0))
    await asyncio.gather(
        *(database.run(lambda tx: fund(tx, account.id, EURO, reference="the same bank transfer")) for _ in range(8))
    )
    await asyncio.gather(
        *(database.run(lambda tx: commands.hold_many(tx, [Move(account.id, 30, "chunk 7")], at=AT)) for _ in range(8))
    )
    balances = await database.run(lambda tx: store.read_balances(tx, account.id))
    assert (balances.funded_micros, balances.held_micros) == (EURO, 30)


steps = st.lists(
    st.tuples(
        st.sampled_from(["fund", "refund", "lease", "return", "hold", "post", "void"]),
        st.integers(min_value=1, max_value=400),
    ),
    max_size=25,
)


class Model:
    """The ledger as plain numbers: what each step may do."""

    def __init__(self) -> None:
        self.limit = self.leased = self.held = self.posted = 0

    @property
    def committed(self) -> int:
        return self.leased + self.held + self.posted


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_any_history_keeps_the_books(postgres: Any, books: str, history: list[tuple[str, int]]) -> None:
    in_thread(lambda: _play(books, history))


@pytest.fixture(scope="module")
def books(postgres: Any) -> str:
    dsn: str = postgres.create_database()
    return dsn


async def _play(dsn: str, history: list[tuple[str, int]]) -> None:
    async with open_test_database(dsn) as database, database.transaction() as tx:
        model = Model()
        account = await make_ad_account(tx, funded_micros=0)
        offer = await make_offer(tx, account=account, total_micros=700, bid_micros=100)
        for number, (verb, micros) in enumerate(history):
            await _step(tx, model, offer, Move(account.id, micros, f"step {number}"), verb)
            balances = await store.read_balances(tx, account.id)
            assert await entries_sum(tx, account.id) == 0
            assert (balances.held_micros, balances.spent_micros) == (model.held, model.posted)
            assert balances.credit_micros == model.limit - model.held - model.posted >= model.leased
            committed = await committed_of(tx, offer)
            assert committed == Committed(model.committed, model.committed, model.committed)
            assert model.committed <= min(700, model.limit)
        await commit_checks(tx)


async def _step(tx: Tx, model: Model, offer: Any, move: Move, verb: str) -> None:
    key = Return(offer.ad_set_id, offer.id, offer.ad_account_id, DAY, 0)
    match verb:
        case "fund":
            await fund(tx, move.ad_account_id, move.micros, reference=move.reference)
            model.limit += move.micros
        case "refund" if move.micros <= model.limit - model.committed:
            await commands.refund(tx, move, actor_id=1, at=AT)
            model.limit -= move.micros
        case "refund":
            with pytest.raises(RefundRefused):
                await commands.refund(tx, move, actor_id=1, at=AT)
        case "lease":
            [leased] = await commands.lease(tx, [claim_of(offer, move.micros)], DAY)
            assert leased.micros == min(move.micros, 700 - model.committed, model.limit - model.committed)
            model.leased += leased.micros
        case "return" if micros := min(move.micros, model.leased):
            await commands.return_many(tx, [key._replace(micros=micros)])
            model.leased -= micros
        case "hold" if micros := min(move.micros, model.leased):
            await commands.hold_many(tx, [move._replace(micros=micros)], at=AT)
            model.leased, model.held = model.leased - micros, model.held + micros
        case "post" if micros := min(move.micros, model.held):
            await commands.post_many(tx, [move._replace(micros=micros)], at=AT)
            model.held, model.posted = model.held - micros, model.posted + micros
        case "void" if micros := min(move.micros, model.held):
            await commands.void_many(tx, [move._replace(micros=micros)], at=AT)
            await commands.return_many(tx, [key._replace(micros=micros)])
            model.held -= micros
