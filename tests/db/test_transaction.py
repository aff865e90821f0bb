"""What is run again: a whole transaction, after a deadlock or a serialisation failure, a few times and counted."""

import asyncio

import asyncpg
import pytest
from prometheus_client import REGISTRY

from rejoinder.db.transaction import RETRIES_MAX, Database, Tx
from rejoinder.units.ids import new_id

LOCK = "SELECT pg_advisory_xact_lock($1)"


def retried() -> float:
    return REGISTRY.get_sample_value("rejoinder_transactions_retried_total") or 0


async def test_of_two_in_a_deadlock_the_loser_is_run_again(database: Database) -> None:
    keys = new_id(), new_id()
    both_hold_one = asyncio.Barrier(2)
    begun: list[int] = []

    async def take(tx: Tx, first: int, second: int) -> int:
        begun.append(first)
        await tx.connection.execute(LOCK, first)
        if begun.count(first) == 1:
            await both_hold_one.wait()
        await tx.connection.execute(LOCK, second)
        return first

    before = retried()
    done = await asyncio.gather(
        *(database.run(lambda tx, order=order: take(tx, *order)) for order in (keys, keys[::-1]))  # type: ignore[misc]
    )
    assert done == list(keys)
    assert (len(begun), retried() - before) == (3, 1)


@pytest.mark.parametrize("problem", [asyncpg.SerializationError, asyncpg.DeadlockDetectedError])
async def test_it_is_run_again_whole_and_ends(database: Database, problem: type[Exception]) -> None:
    topic, runs = f"test.{new_id()}", 0

    async def fail(tx: Tx, count: int) -> None:
        nonlocal runs
        runs += 1
        await tx.run("append_events", topics=[topic], payloads=["{}"], at=await tx.connection.fetchval("SELECT now()"))
        if runs <= count:
            raise problem

    await database.run(lambda tx: fail(tx, RETRIES_MAX))
    assert runs == RETRIES_MAX + 1
    assert await database.pool.fetchval("SELECT count(*) FROM db.outbox WHERE topic = $1", topic) == 1
    runs = 0
    with pytest.raises(problem):
        await database.run(lambda tx: fail(tx, RETRIES_MAX + 1))
    assert runs == RETRIES_MAX + 1


async def test_nothing_else_is_run_again(database: Database) -> None:
    runs = 0

    async def fail(tx: Tx) -> None:
        nonlocal runs
        runs += 1
        await tx.connection.execute("SELECT 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await database.run(fail)
    assert runs == 1
