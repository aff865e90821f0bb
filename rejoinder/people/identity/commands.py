"""The verbs of identity. Passwords come in hashed: hashing takes long and must not hold a transaction open.

Whoever changes a person's names, address or codes takes the person's own lock first (`lock_holder`), before attention.
An address that was only typed belongs to nobody yet. So signing up with somebody else's address works like any other
sign-up, tells nothing, and takes nothing: only a code read from that mailbox makes an address anybody's.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from rejoinder.db.transaction import Database, Tx
from rejoinder.people.identity import mail, rules, store
from rejoinder.people.identity.model import (
    AddressInvalid,
    AddressTaken,
    AlreadyClaimed,
    AlreadyVerified,
    BirthYearInvalid,
    BirthYearSettled,
    BusinessFace,
    ClaimFirst,
    Code,
    CodeWrong,
    Credentials,
    HandleInvalid,
    HandlesUsedUp,
    HandleTaken,
    Holder,
    HolderKind,
    Letter,
    Limit,
    Me,
    PersonDraft,
    PersonMissing,
    ProfileChange,
    Purpose,
    SessionKind,
    SessionMissing,
    TextInvalid,
    ZoneUnknown,
)
from rejoinder.people.protections import commands as protections
from rejoinder.units.clock import Clock
from rejoinder.units.ids import new_code, new_id, new_token, token_hash
from rejoinder.wire.auth import Authenticate, Viewer

# --- persons ---


async def create_people(tx: Tx, drafts: Sequence[PersonDraft], at: datetime) -> list[int]:
    """Make persons as drafted, in one batch; nothing is mailed. Ids in the order of the drafts."""
    ids = [new_id() for _ in drafts]
    await store.insert_people(tx, ids, drafts, at=at)
    await store.insert_attentions(tx, ids, drafts, at=at)
    pairs = list(zip(ids, drafts, strict=True))
    known = [(person_id, draft, draft.credentials) for person_id, draft in pairs if draft.credentials]
    await store.insert_passwords(tx, [(who, login.address, login.password_hash) for who, _, login in known], at=at)
    proved = [(who, login.address) for who, draft, login in known if draft.is_verified]
    if await store.insert_identities(tx, proved, at=at) < len(proved):
        raise AddressTaken("One of these addresses already belongs to somebody.", field="email")
    for person_id, draft in pairs:
        if draft.handle is not None:
            await give_handle(tx, "person", person_id, draft.handle, at)
    return ids


async def sign_up(tx: Tx, draft: PersonDraft, at: datetime, *, public_url: str) -> int:
    """Make a person with credentials and mail the address a code, or word that it is somebody's already."""
    assert draft.credentials is not None, "a guest is made by create_guest"  # noqa: S101
    check_address(draft.credentials.address)
    person_id = await _create_checked(tx, draft, at)
    await _send_code(tx, person_id, draft.credentials.address, at, public_url=public_url)
    return person_id


async def create_guest(tx: Tx, draft: PersonDraft, at: datetime) -> int:
    """Make a person who has a name and nothing to sign in with."""
    assert draft.credentials is None, "a person with credentials signs up"  # noqa: S101
    assert not draft.is_claimed, "a guest is not claimed"  # noqa: S101
    return await _create_checked(tx, draft, at)


async def _create_checked(tx: Tx, draft: PersonDraft, at: datetime) -> int:
    check_name(draft.name)
    await _check_place(tx, zone=draft.zone, region=draft.region, language=draft.language)
    if draft.birth_year is not None:
        _check_birth_year(draft.birth_year, known=None, at=at)
    return (await create_people(tx, [draft], at))[0]


async def claim(
    tx: Tx, person_id: int, credentials: Credentials, at: datetime, *, name: str | None, public_url: str
) -> None:
    """Give a guest credentials; the person, and so each thread, stays the same.

    Every session ends: whoever else had this device may still hold what the guest was signed in with.
    """
    check_address(credentials.address)
    await store.lock_holder(tx, "person", person_id)
    if not await store.insert_passwords(tx, [(person_id, credentials.address, credentials.password_hash)], at=at):
        raise AlreadyClaimed("This account already has an address and a password.")
    if name is not None:
        check_name(name)
        await store.set_profile(tx, person_id, name=name, language=None)
    await protections.note_claimed(tx, person_id, at=at)
    await store.revoke_other_sessions(tx, person_id, except_id=0, at=at)
    await _send_code(tx, person_id, credentials.address, at, public_url=public_url)


async def get_me(tx: Tx, person_id: int) -> Me:
    me = await store.find_me(tx, person_id)
    if me is None:
        raise PersonMissing("There is no such person.")
    return me


async def update_me(tx: Tx, person_id: int, change: ProfileChange, clock: Clock) -> Me:
    """Change what is not None. Where the person is, and how old, moves under the attention lock."""
    await store.lock_holder(tx, "person", person_id)
    await protections.lock_attention(tx, [person_id])
    at = clock.now()
    me = await get_me(tx, person_id)
    if change.name is not None:
        check_name(change.name)
    await _check_place(tx, zone=change.zone, region=change.region, language=change.language)
    if change.birth_year is not None and change.birth_year != me.birth_year:
        _check_birth_year(change.birth_year, known=me.birth_year, at=at)
        await protections.set_birth_year(tx, person_id, change.birth_year, at=at)
    if change.region is not None and change.region != me.region:
        await protections.set_region(tx, person_id, change.region, at=at)
    if change.zone is not None and change.zone != me.zone:
        await protections.set_zone(tx, person_id, change.zone, at=at)
    if change.name is not None or change.language is not None:
        await store.set_profile(tx, person_id, name=change.name, language=change.language)
    if change.handle is not None and change.handle != me.handle:
        if me.is_guest:
            raise ClaimFirst("Add an address and a password first; then you can have a handle.", field="handle")
        await give_handle(tx, "person", person_id, change.handle, at)
    return await get_me(tx, person_id)


async def make_operator(tx: Tx, address: str) -> str:
    """Give the operator's rights to whose this address is proved to be; return their name. One that was only typed is not enough."""
    person_id = await store.find_address_holder(tx, rules.address_of(address))
    if person_id is None:
        raise PersonMissing("Nobody has verified this address. Sign up with it and type the code from the mail first.")
    await store.make_operator(tx, person_id)
    return (await get_me(tx, person_id)).name


async def publish_faces(tx: Tx, faces: Sequence[BusinessFace]) -> None:
    """Let chats show these businesses so from now on. A person's face is their own row."""
    await store.publish_business_faces(tx, faces)


def check_name(name: str) -> None:
    """Refuse what nobody can be called."""
    if refusal := rules.refusal_to_name(name):
        raise TextInvalid(refusal, field="name")


def check_address(address: str) -> None:
    """Refuse what no mail can be sent to."""
    if refusal := rules.refusal_to_address(address):
        raise AddressInvalid(refusal, field="email")


def _check_birth_year(year: int, *, known: int | None, at: datetime) -> None:
    if not 1900 <= year <= at.year:
        raise BirthYearInvalid("This cannot be a birth year.", field="birth_year")
    if refusal := rules.refusal_to_birth_year(year, known=known):
        raise BirthYearSettled(refusal, field="birth_year")


async def _check_place(tx: Tx, *, zone: str | None, region: str | None, language: str | None) -> None:
    if region is not None and not rules.is_region(region):
        raise TextInvalid("A region is two capital letters, such as DE.", field="region")
    if language is not None and not rules.is_language(language):
        raise TextInvalid("A language is a tag such as en or pt-BR.", field="language")
    if zone is not None and not (rules.is_zone(zone) and await store.is_zone_known(tx, zone)):
        raise ZoneUnknown("This time zone is not known here. It is a name such as Europe/Berlin.", field="zone")


# --- codes by mail ---


async def send_code_again(tx: Tx, person_id: int, at: datetime, *, address: str | None, public_url: str) -> str:
    """Mail a new code, to a corrected address if one is given; return where to. A proved address stays as it is."""
    await store.lock_holder(tx, "person", person_id)
    me = await get_me(tx, person_id)
    if me.email is None:
        raise ClaimFirst("Add an address and a password first.")
    if me.email_verified:
        raise AlreadyVerified("This address is verified already.")
    if address is not None and address != me.email:
        check_address(address)
        await store.set_address(tx, person_id, address)
        await store.void_mail_codes(tx, person_id, "reset", at=at)  # whoever reads the old mailbox has no say any more
    await _send_code(tx, person_id, address or me.email, at, public_url=public_url)
    return address or me.email


async def _send_code(tx: Tx, person_id: int, address: str, at: datetime, *, public_url: str) -> None:
    await store.void_mail_codes(tx, person_id, "verify", at=at)
    if await store.find_address_holder(tx, address) is None:
        code = await _draw_code(tx, person_id, "verify", address, at)
        letter = mail.verify_letter(address, code, public_url=public_url)
    else:
        letter = mail.taken_letter(address, public_url=public_url)
    await write_mails(tx, [letter], at)


async def verify_email(tx: Tx, code: str, at: datetime) -> int:
    """Take a mailed code: the address is now the person's. Return who that is."""
    found = await _take_code(tx, code, "verify", at)
    await _prove(tx, found, at)
    return found.person_id


async def request_reset(tx: Tx, address: str, at: datetime, *, public_url: str) -> None:
    """Mail a code to choose a new password, if somebody signs in with this address; the caller never learns."""
    logins = await store.list_logins(tx, address)
    if logins:
        await store.void_mail_codes(tx, logins[0].person_id, "reset", at=at)
        code = await _draw_code(tx, logins[0].person_id, "reset", address, at)
        await write_mails(tx, [mail.reset_letter(address, code, public_url=public_url)], at)


async def read_reset(tx: Tx, code: str, at: datetime) -> Code:
    """Whose password a code may change; it stays good."""
    return await _find_code(tx, code, "reset", at)


async def finish_reset(tx: Tx, code: str, password_hash: str, at: datetime, *, public_url: str) -> int:
    """Take a reset code: new password, address proved by it, every session ended. Return whose."""
    found = await _take_code(tx, code, "reset", at)
    await _prove(tx, found, at)
    await _set_password(tx, found.person_id, password_hash, at, address=found.subject, public_url=public_url)
    await store.revoke_other_sessions(tx, found.person_id, except_id=0, at=at)
    return found.person_id


async def change_password(tx: Tx, viewer: Viewer, password_hash: str, at: datetime, *, public_url: str) -> None:
    """Set a new password and end every session but the viewer's own."""
    me = await get_me(tx, viewer.person_id)
    if me.email is None:
        raise ClaimFirst("Add an address and a password first.")
    await _set_password(tx, me.id, password_hash, at, address=me.email, public_url=public_url)
    await store.revoke_other_sessions(tx, me.id, except_id=viewer.session_id, at=at)


async def _set_password(
    tx: Tx, person_id: int, password_hash: str, at: datetime, *, address: str, public_url: str
) -> None:
    await store.set_password(tx, person_id, password_hash, at=at)
    await store.void_mail_codes(tx, person_id, "reset", at=at)
    if await store.find_address_holder(tx, address) == person_id:  # others get no mail about strangers' accounts
        await write_mails(tx, [mail.password_changed_letter(address, public_url=public_url)], at)


async def _draw_code(tx: Tx, person_id: int, purpose: Purpose, subject: str, at: datetime) -> str:
    code = new_code()
    await store.insert_mail_code(
        tx,
        person_id,
        code_hash=token_hash(code),
        purpose=purpose,
        subject=subject,
        expires_at=at + rules.CODE_LASTS[purpose],
    )
    return code


async def _take_code(tx: Tx, code: str, purpose: Purpose, at: datetime) -> Code:
    await store.lock_holder(tx, "person", (await _find_code(tx, code, purpose, at)).person_id)
    found = await _find_code(tx, code, purpose, at)  # once more: whoever held the lock may have used it
    await store.void_mail_codes(tx, found.person_id, purpose, at=at)
    return found


async def _find_code(tx: Tx, code: str, purpose: Purpose, at: datetime) -> Code:
    found = await store.find_mail_code(tx, token_hash(rules.code_of(code)), purpose, at=at)
    if found is None:
        raise CodeWrong("This code is wrong, used or too old. Ask for a new one.", field="code")
    return found


async def _prove(tx: Tx, code: Code, at: datetime) -> None:
    if await store.insert_identities(tx, [(code.person_id, code.subject)], at=at):
        await protections.note_verified(tx, code.person_id, at=at)
    elif await store.find_address_holder(tx, code.subject) != code.person_id:
        raise AddressTaken("This address already belongs to another account. Sign in to that one.", field="email")


async def write_mails(tx: Tx, letters: Sequence[Letter], at: datetime) -> None:
    """Mails that leave if, and only if, the caller's transaction commits."""
    await store.insert_mails(tx, letters, at=at)


# --- sessions ---


async def open_session(tx: Tx, person_id: int, kind: SessionKind, label: str, at: datetime) -> str:
    """A new log-in; return its token, of which only the hash is kept."""
    token = new_token()
    lasts = rules.SESSION_LASTS if kind == "browser" else rules.PROGRAM_LASTS
    await store.insert_session(
        tx, new_id(), person_id, token_hash=token_hash(token), kind=kind, label=label, at=at, expires_at=at + lasts
    )
    return token


async def sign_out(tx: Tx, viewer: Viewer, session_id: int, at: datetime) -> None:
    """End one of the viewer's sessions."""
    if not await store.revoke_session(tx, viewer.person_id, session_id, at=at):
        raise SessionMissing("There is no such session.")


def make_authenticate(database: Database, clock: Clock) -> Authenticate:
    """How `wire.auth` finds out who is calling. Asks the database each time, so that a revoked session ends at once."""

    async def authenticate(token: str) -> Viewer | None:
        at = clock.now()
        async with database.pool.acquire() as connection:
            tx = Tx(connection)
            found = await store.find_session(tx, token_hash(token), at=at)
            if found is None:
                return None
            if found.last_seen_at < (before := at - rules.SESSION_TOUCHED_EVERY):
                lasts = rules.SESSION_LASTS if found.kind == "browser" else rules.PROGRAM_LASTS
                await store.touch_session(tx, found.session_id, at=at, before=before, expires_at=at + lasts)
            return Viewer(found.person_id, found.session_id, is_guest=found.is_guest, is_operator=found.is_operator)

    return authenticate


async def list_ended_sessions(tx: Tx, session_ids: Sequence[int], at: datetime) -> set[int]:
    """Which of these sessions work no longer: for the live channel, which asks for all its sockets at once."""
    return await store.list_ended_sessions(tx, session_ids, at=at)


async def note_attempts(tx: Tx, limits: Sequence[Limit], at: datetime) -> int:
    """Count one attempt under each limit; return the seconds to wait, 0 where none is exceeded.

    Runs in a transaction of its own: an attempt counts whatever comes of it.
    """
    windows = {limit.key: (limit, rules.window_of(at, limit.window_s)) for limit in limits}
    counts = await store.count_attempts(tx, [(key, window_at) for key, (_, window_at) in windows.items()])
    exceeded = [
        window_at + timedelta(seconds=limit.window_s) - at
        for key, (limit, window_at) in windows.items()
        if counts[key] > limit.count_max
    ]
    return max((math.ceil(wait.total_seconds()) for wait in exceeded), default=0)


# --- handles ---


async def give_handle(tx: Tx, kind: HolderKind, holder_id: int, handle: str, at: datetime) -> None:
    """Make `handle` the holder's current one. Their older ones redirect and stay theirs; nobody else ever gets them."""
    if refusal := rules.refusal_to_handle(handle):
        raise HandleInvalid(refusal, field="handle")
    await store.lock_holder(tx, kind, holder_id)
    if await store.count_other_handles(tx, kind, holder_id, handle) >= rules.HANDLES_MAX:
        raise HandlesUsedUp(
            "You have had as many handles as one may have; choose one of your old ones.", field="handle"
        )
    await store.retire_handle(tx, kind, holder_id)
    if not await store.insert_handle(tx, kind, holder_id, handle, at=at):
        raise HandleTaken(f"The handle {handle} is taken. Try another.", field="handle")


async def find_handle(tx: Tx, handle: str) -> Holder | None:
    """Who has this handle, or had it."""
    return await store.find_holder(tx, handle)
