"""One thin function per query: rows in, rows out; no meaning."""

from collections.abc import Sequence
from datetime import datetime

from rejoinder.db.transaction import Tx
from rejoinder.people.identity.model import (
    BusinessFace,
    Code,
    Holder,
    HolderKind,
    Letter,
    Login,
    Mail,
    Me,
    PersonDraft,
    Purpose,
    Session,
    SessionCheck,
    SessionKind,
)
from rejoinder.units.ids import new_id

PASSWORD_ISSUER = "password"  # noqa: S105  the name of an issuer


async def insert_people(tx: Tx, ids: Sequence[int], drafts: Sequence[PersonDraft], *, at: datetime) -> None:
    await tx.run(
        "insert_people",
        ids=ids,
        names=[draft.name for draft in drafts],
        languages=[draft.language for draft in drafts],
        hues=[
            person_id % 360 if draft.hue is None else draft.hue for person_id, draft in zip(ids, drafts, strict=True)
        ],
        are_operators=[draft.is_operator for draft in drafts],
        at=at,
    )


async def insert_attentions(tx: Tx, ids: Sequence[int], drafts: Sequence[PersonDraft], *, at: datetime) -> None:
    await tx.run(
        "insert_attentions",
        person_ids=ids,
        regions=[draft.region for draft in drafts],
        zones=[draft.zone for draft in drafts],
        birth_years=[draft.birth_year for draft in drafts],
        are_claimed=[draft.is_claimed for draft in drafts],
        are_verified=[draft.is_verified for draft in drafts],
        at=at,
    )


async def insert_passwords(tx: Tx, logins: Sequence[tuple[int, str, str]], *, at: datetime) -> int:
    """(person, address, hash) each; how many were new."""
    person_ids, addresses, hashes = ([login[n] for login in logins] for n in range(3))
    return await tx.run("insert_passwords", person_ids=person_ids, addresses=addresses, hashes=hashes, at=at)


async def insert_identities(tx: Tx, subjects: Sequence[tuple[int, str]], *, at: datetime) -> int:
    """(person, address) each; how many were free."""
    person_ids, addresses = ([subject[n] for subject in subjects] for n in range(2))
    return await tx.run("insert_identities", issuer=PASSWORD_ISSUER, person_ids=person_ids, subjects=addresses, at=at)


async def find_address_holder(tx: Tx, address: str) -> int | None:
    person_id: int | None = await tx.value("find_identity", issuer=PASSWORD_ISSUER, subject=address)
    return person_id


async def find_me(tx: Tx, person_id: int) -> Me | None:
    return await tx.maybe(Me, "find_me", person_id=person_id)


async def set_profile(tx: Tx, person_id: int, *, name: str | None, language: str | None) -> None:
    await tx.run("set_profile", person_id=person_id, name=name, language=language)


async def make_operator(tx: Tx, person_id: int) -> None:
    await tx.run("make_operator", person_id=person_id)


async def list_logins(tx: Tx, address: str) -> list[Login]:
    return await tx.many(Login, "list_logins", address=address)


async def list_own_login(tx: Tx, person_id: int) -> list[Login]:
    """One, or none of a guest."""
    return await tx.many(Login, "list_own_login", person_id=person_id)


async def set_password(tx: Tx, person_id: int, password_hash: str, *, at: datetime) -> None:
    await tx.run("set_password", person_id=person_id, hash=password_hash, at=at)


async def set_address(tx: Tx, person_id: int, address: str) -> None:
    await tx.run("set_address", person_id=person_id, address=address)


async def insert_session(
    tx: Tx,
    session_id: int,
    person_id: int,
    *,
    token_hash: bytes,
    kind: SessionKind,
    label: str,
    at: datetime,
    expires_at: datetime,
) -> None:
    await tx.run(
        "insert_session",
        id=session_id,
        person_id=person_id,
        token_hash=token_hash,
        kind=kind,
        label=label,
        at=at,
        expires_at=expires_at,
    )


async def find_session(tx: Tx, token_hash: bytes, *, at: datetime) -> SessionCheck | None:
    return await tx.maybe(SessionCheck, "find_session", token_hash=token_hash, at=at)


async def touch_session(tx: Tx, session_id: int, *, at: datetime, before: datetime, expires_at: datetime) -> None:
    await tx.run("touch_session", session_id=session_id, at=at, before=before, expires_at=expires_at)


async def list_sessions(tx: Tx, person_id: int, *, at: datetime, row_count: int) -> list[Session]:
    return await tx.many(Session, "list_sessions", person_id=person_id, at=at, row_count=row_count)


async def list_ended_sessions(tx: Tx, session_ids: Sequence[int], *, at: datetime) -> set[int]:
    return {row["id"] for row in await tx.rows("list_ended_sessions", session_ids=session_ids, at=at)}


async def revoke_session(tx: Tx, person_id: int, session_id: int, *, at: datetime) -> int:
    return await tx.run("revoke_session", person_id=person_id, session_id=session_id, at=at)


async def revoke_other_sessions(tx: Tx, person_id: int, *, except_id: int, at: datetime) -> int:
    return await tx.run("revoke_other_sessions", person_id=person_id, except_id=except_id, at=at)


async def insert_mail_code(
    tx: Tx, person_id: int, *, code_hash: bytes, purpose: Purpose, subject: str, expires_at: datetime
) -> None:
    await tx.run(
        "insert_mail_code",
        person_id=person_id,
        code_hash=code_hash,
        purpose=purpose,
        subject=subject,
        expires_at=expires_at,
    )


async def void_mail_codes(tx: Tx, person_id: int, purpose: Purpose, *, at: datetime) -> int:
    return await tx.run("void_mail_codes", person_id=person_id, purpose=purpose, at=at)


async def find_mail_code(tx: Tx, code_hash: bytes, purpose: Purpose, *, at: datetime) -> Code | None:
    return await tx.maybe(Code, "find_mail_code", code_hash=code_hash, purpose=purpose, at=at)


async def insert_mails(tx: Tx, letters: Sequence[Letter], *, at: datetime) -> None:
    await tx.run(
        "insert_mails",
        ids=[new_id() for _ in letters],
        to_addresses=[letter.to_address for letter in letters],
        subjects=[letter.subject for letter in letters],
        bodies=[letter.body for letter in letters],
        at=at,
    )


async def take_mails(tx: Tx, *, at: datetime, retry_at: datetime, row_count: int) -> list[Mail]:
    return await tx.many(Mail, "take_mails", at=at, retry_at=retry_at, row_count=row_count)


async def note_mail_sent(tx: Tx, mail_id: int, *, at: datetime) -> None:
    await tx.run("note_mail_sent", mail_id=mail_id, at=at)


async def note_mail_failed(tx: Tx, mail_id: int, problem: str, *, try_at: datetime | None) -> None:
    await tx.run("note_mail_failed", mail_id=mail_id, problem=problem, try_at=try_at)


async def list_mail_to(tx: Tx, address: str, *, row_count: int) -> list[Mail]:
    return await tx.many(Mail, "list_mail_to", to_address=address, row_count=row_count)


async def count_attempts(tx: Tx, windows: Sequence[tuple[str, datetime]]) -> dict[str, int]:
    """(key, start of its window) each; the count so far of each key."""
    keys, window_ats = ([window[n] for window in windows] for n in range(2))
    return {row["key"]: row["count"] for row in await tx.rows("count_attempts", keys=keys, window_ats=window_ats)}


async def lock_holder(tx: Tx, kind: HolderKind, holder_id: int) -> None:
    await tx.run("lock_holder", holder_kind=kind, holder_id=holder_id)


async def count_other_handles(tx: Tx, kind: HolderKind, holder_id: int, handle: str) -> int:
    count: int = await tx.value("count_handles", holder_kind=kind, holder_id=holder_id, handle=handle)
    return count


async def retire_handle(tx: Tx, kind: HolderKind, holder_id: int) -> None:
    await tx.run("retire_handle", holder_kind=kind, holder_id=holder_id)


async def insert_handle(tx: Tx, kind: HolderKind, holder_id: int, handle: str, *, at: datetime) -> int:
    """1 when it is theirs now, 0 when it is somebody else's."""
    return await tx.run("insert_handle", holder_kind=kind, holder_id=holder_id, handle=handle, at=at)


async def find_holder(tx: Tx, handle: str) -> Holder | None:
    return await tx.maybe(Holder, "find_holder", handle=handle)


async def publish_business_faces(tx: Tx, faces: Sequence[BusinessFace]) -> None:
    await tx.run(
        "publish_business_faces",
        business_ids=[face.business_id for face in faces],
        names=[face.name for face in faces],
        hues=[face.hue for face in faces],
        are_verified=[face.is_verified for face in faces],
    )


async def is_zone_known(tx: Tx, zone: str) -> bool:
    is_known: bool = await tx.value("is_zone_known", zone=zone)
    return is_known


async def forget_attempts(tx: Tx, *, before: datetime) -> int:
    return await tx.run("forget_attempts", before=before)


async def forget_mails(tx: Tx, *, before: datetime) -> int:
    return await tx.run("forget_mails", before=before)


async def forget_mail_codes(tx: Tx, *, before: datetime) -> int:
    return await tx.run("forget_mail_codes", before=before)


async def forget_sessions(tx: Tx, *, before: datetime) -> int:
    return await tx.run("forget_sessions", before=before)
