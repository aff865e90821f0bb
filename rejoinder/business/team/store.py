"""One thin function per statement of `queries.sql`."""

from collections.abc import Sequence
from datetime import datetime

from rejoinder.business.team.model import ApiToken, Invitation, InvitedRole, Program
from rejoinder.db.transaction import Tx


async def insert_invitation(tx: Tx, invitation: Invitation, token_hash: bytes) -> None:
    await tx.run(
        "insert_invitation",
        id=invitation.id,
        token_hash=token_hash,
        business_id=invitation.business_id,
        email=invitation.email,
        role=invitation.role,
        invited_by=invitation.invited_by,
        at=invitation.created_at,
        expires_at=invitation.expires_at,
    )


async def revoke_invitations_to(tx: Tx, business_id: int, email: str, role: InvitedRole, *, at: datetime) -> None:
    await tx.run("revoke_invitations_to", business_id=business_id, email=email, role=role, at=at)


async def count_open_invitations(tx: Tx, business_id: int, *, at: datetime) -> int:
    return int(await tx.value("count_open_invitations", business_id=business_id, at=at))


async def list_open_invitations(tx: Tx, business_id: int, *, at: datetime) -> list[Invitation]:
    return await tx.many(Invitation, "list_open_invitations", business_id=business_id, at=at)


async def lock_invitation(tx: Tx, token_hash: bytes) -> None:
    await tx.run("lock_invitation", token_hash=token_hash)


async def find_invitation(tx: Tx, token_hash: bytes) -> Invitation | None:
    return await tx.maybe(Invitation, "find_invitation", token_hash=token_hash)


async def set_invitation_accepted(tx: Tx, invitation_id: int, person_id: int, *, at: datetime) -> None:
    await tx.run("set_invitation_accepted", id=invitation_id, person_id=person_id, at=at)


async def revoke_invitation(tx: Tx, business_id: int, invitation_id: int, *, at: datetime) -> int:
    return await tx.run("revoke_invitation", id=invitation_id, business_id=business_id, at=at)


async def insert_api_token(tx: Tx, token: ApiToken, token_hash: bytes, *, business_id: int) -> None:
    await tx.run(
        "insert_api_token",
        id=token.id,
        token_hash=token_hash,
        business_id=business_id,
        label=token.label,
        created_by=token.created_by,
        at=token.created_at,
    )


async def list_api_tokens(tx: Tx, business_id: int) -> list[ApiToken]:
    return await tx.many(ApiToken, "list_api_tokens", business_id=business_id)


async def revoke_api_token(tx: Tx, business_id: int, token_id: int, *, at: datetime) -> int:
    return await tx.run("revoke_api_token", id=token_id, business_id=business_id, at=at)


async def find_program(tx: Tx, token_hash: bytes, *, at: datetime) -> Program | None:
    return await tx.maybe(Program, "find_program", token_hash=token_hash, at=at)


async def list_ended_api_tokens(tx: Tx, token_ids: Sequence[int]) -> list[int]:
    return await tx.column("list_ended_api_tokens", token_ids=list(token_ids))
