"""The addresses of ad accounts: what is in them, adding money, getting it back, the statement."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter, SkipValidation

from rejoinder.ads.ledger import commands, store
from rejoinder.ads.ledger.model import (
    AdAccount,
    AdAccountMissing,
    Balances,
    FundingWay,
    Market,
    Move,
    Transfer,
    TransferKind,
)
from rejoinder.business.profiles import commands as profiles
from rejoinder.business.profiles.routes import require_text
from rejoinder.db.migrate import Installation
from rejoinder.db.transaction import Database, Tx
from rejoinder.units.clock import Clock
from rejoinder.units.ids import WireId, id_from_wire
from rejoinder.wire.auth import Viewer
from rejoinder.wire.cursor import decode_cursor, encode_cursor

PAGE_COUNT = 50
NO_MONEY = Balances(0, 0, 0, 0, 0)

Micros = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,16}$", description="micro-units, decimal")]
Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Cursor = Annotated[str | None, QueryParameter(max_length=120)]
GivenClock = NamedDependency[SkipValidation[Clock]]
GivenMarket = NamedDependency[SkipValidation[Market]]


class FundingRequest(msgspec.Struct, forbid_unknown_fields=True):
    """So much money. The same reference again changes nothing: a client's own id, or the bank's reference."""

    amount_micros: Micros
    reference: Reference


class AdAccountView(msgspec.Struct):
    """What an owner has with the operator. `id` is null until there is one; `free_micros` may be spent or go back."""

    id: WireId | None
    owner_id: WireId
    name: str
    currency: str
    funded_micros: str
    refunded_micros: str
    held_micros: str
    spent_micros: str
    free_micros: str
    has_test_money: bool


class TransferView(msgspec.Struct):
    """A line of the statement."""

    id: WireId
    kind: TransferKind
    amount_micros: str
    reference: str
    at: datetime


class StatementPage(msgspec.Struct):
    """A stretch of the statement, newest first."""

    items: list[TransferView]
    currency: str
    next_cursor: str | None


class AdAccountPage(msgspec.Struct):
    """A stretch of all ad accounts."""

    items: list[AdAccountView]
    next_cursor: str | None


@get("/api/owners/{owner_id:str}/ad-account")
async def get_ad_account(
    *,
    owner_id: FromPath[str],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    installation: NamedDependency[Installation],
    settings: GivenMarket,
) -> AdAccountView:
    """What the owner's ad account holds."""
    asked = id_from_wire(owner_id)
    async with database.transaction() as tx:
        await _require_payer(tx, asked, viewer)
        account = await store.find_ad_account_of_owner(tx, owner_id=asked, currency=settings.currency)
        if account is None:
            owner = await profiles.get_owner(tx, asked)
            account = AdAccount(0, asked, owner.name, settings.currency, 0, 0)
        return await _account_view(tx, account, installation)


@post("/api/owners/{owner_id:str}/ad-account/funding", status_code=200)
async def add_test_money(
    *,
    owner_id: FromPath[str],
    data: JSONBody[FundingRequest],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
    installation: NamedDependency[Installation],
    settings: GivenMarket,
) -> AdAccountView:
    """Add test money; only a test installation has any. Elsewhere the operator records what arrived."""
    asked, reference = id_from_wire(owner_id), require_text(data.reference, "reference", must_have_words=True)

    async def work(tx: Tx) -> AdAccountView:
        await _require_payer(tx, asked, viewer)
        owner = await profiles.get_owner(tx, asked)
        at = clock.now()
        account = await commands.open_ad_account(
            tx, owner_id=asked, name=owner.name[:80], currency=settings.currency, at=at
        )
        move = Move(account.id, int(data.amount_micros), reference)
        await _fund(tx, move, way="test", viewer=viewer, installation=installation, at=at)
        return await _account_view(tx, account, installation)

    return await database.run(work)


@get("/api/owners/{owner_id:str}/ad-account/statement")
async def list_owner_statement(
    *,
    owner_id: FromPath[str],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    settings: GivenMarket,
    cursor: Cursor = None,
) -> StatementPage:
    """Every movement of the owner's money, newest first."""
    asked, before = id_from_wire(owner_id), decode_cursor(cursor)
    async with database.transaction() as tx:
        await _require_payer(tx, asked, viewer)
        account = await store.find_ad_account_of_owner(tx, owner_id=asked, currency=settings.currency)
        if account is None:
            return StatementPage([], settings.currency, None)
        return await _statement(tx, account, before)


@get("/api/operator/ad-accounts")
async def list_ad_accounts(
    *,
    operator: NamedDependency[Viewer],  # noqa: ARG001  asking for it is the check
    database: NamedDependency[Database],
    installation: NamedDependency[Installation],
    cursor: Cursor = None,
) -> AdAccountPage:
    """All ad accounts."""
    async with database.transaction() as tx:
        accounts = await store.list_ad_accounts(tx, after_id=id_from_wire(cursor or ""), row_count=PAGE_COUNT + 1)
        page = accounts[:PAGE_COUNT]
        items = [await _account_view(tx, account, installation) for account in page]
    return AdAccountPage(items, str(page[-1].id) if len(accounts) > PAGE_COUNT else None)


@get("/api/operator/ad-accounts/{ad_account_id:str}/statement")
async def list_statement(
    *,
    ad_account_id: FromPath[str],
    operator: NamedDependency[Viewer],  # noqa: ARG001  asking for it is the check
    database: NamedDependency[Database],
    cursor: Cursor = None,
) -> StatementPage:
    """Every movement of an ad account, newest first."""
    asked, before = id_from_wire(ad_account_id), decode_cursor(cursor)
    async with database.transaction() as tx:
        return await _statement(tx, await _get_account(tx, asked), before)


@post("/api/operator/ad-accounts/{ad_account_id:str}/funding", status_code=200)
async def record_funding(
    *,
    ad_account_id: FromPath[str],
    data: JSONBody[FundingRequest],
    operator: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
    installation: NamedDependency[Installation],
) -> AdAccountView:
    """Record a transfer that arrived, under the bank's reference."""
    asked, reference = id_from_wire(ad_account_id), require_text(data.reference, "reference", must_have_words=True)

    async def work(tx: Tx) -> AdAccountView:
        move = Move(asked, int(data.amount_micros), reference)
        await _fund(tx, move, way="manual", viewer=operator, installation=installation, at=clock.now())
        return await _account_view(tx, await _get_account(tx, asked), installation)

    return await database.run(work)


@post("/api/operator/ad-accounts/{ad_account_id:str}/refund", status_code=200)
async def record_refund(
    *,
    ad_account_id: FromPath[str],
    data: JSONBody[FundingRequest],
    operator: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: GivenClock,
    installation: NamedDependency[Installation],
) -> AdAccountView:
    """Record free money that was sent back, under the bank's reference."""
    asked, reference = id_from_wire(ad_account_id), require_text(data.reference, "reference", must_have_words=True)

    async def work(tx: Tx) -> AdAccountView:
        move = Move(asked, int(data.amount_micros), reference)
        await commands.refund(tx, move, actor_id=operator.person_id, at=clock.now())
        return await _account_view(tx, await _get_account(tx, asked), installation)

    return await database.run(work)


async def _fund(
    tx: Tx, move: Move, *, way: FundingWay, viewer: Viewer, installation: Installation, at: datetime
) -> None:
    await commands.fund(
        tx,
        move,
        way=way,
        is_test=installation.is_test,
        is_operator=viewer.is_operator,
        actor_id=viewer.person_id,
        at=at,
    )


async def _require_payer(tx: Tx, owner_id: int, viewer: Viewer) -> None:
    """Owners and advertisers see the money of their owner; to others there is nothing here."""
    if not await store.is_payer(tx, owner_id=owner_id, person_id=viewer.person_id):
        raise AdAccountMissing("There is no such ad account here.")


async def _get_account(tx: Tx, ad_account_id: int) -> AdAccount:
    account = await store.find_ad_account(tx, ad_account_id)
    if account is None:
        raise AdAccountMissing("There is no such ad account.")
    return account


async def _account_view(tx: Tx, account: AdAccount, installation: Installation) -> AdAccountView:
    current = await store.find_ad_account(tx, account.id) or account
    balances = await store.read_balances(tx, account.id) if account.id else NO_MONEY
    return AdAccountView(
        id=str(account.id) if account.id else None,
        owner_id=str(account.owner_id),
        name=account.name,
        currency=account.currency,
        funded_micros=str(balances.funded_micros),
        refunded_micros=str(balances.refunded_micros),
        held_micros=str(balances.held_micros),
        spent_micros=str(balances.spent_micros),
        free_micros=str(current.limit_micros - current.committed_micros),
        has_test_money=installation.is_test,
    )


async def _statement(tx: Tx, account: AdAccount, before: tuple[datetime, int] | None) -> StatementPage:
    lines = await store.list_statement(tx, ad_account_id=account.id, before=before, row_count=PAGE_COUNT + 1)
    page = lines[:PAGE_COUNT]
    next_cursor = encode_cursor(page[-1].at, page[-1].id) if len(lines) > PAGE_COUNT else None
    return StatementPage([_transfer_view(line) for line in page], account.currency, next_cursor)


def _transfer_view(line: Transfer) -> TransferView:
    return TransferView(str(line.id), line.kind, str(line.amount_micros), line.reference, line.at)


ROUTES: list[Any] = [
    get_ad_account,
    add_test_money,
    list_owner_statement,
    list_ad_accounts,
    list_statement,
    record_funding,
    record_refund,
]
