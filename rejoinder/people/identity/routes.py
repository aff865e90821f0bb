"""Identity over HTTP: signing up, in and out, codes, sessions, oneself, handles. Attempts are counted before they cost much.

A session travels in an http-only cookie; a program's token is told once and travels as a bearer token.
"""

from dataclasses import asdict
from typing import Any, Protocol

from litestar import Request, Response, delete, get, patch, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from rejoinder.db.migrate import Installation
from rejoinder.db.transaction import Database, Tx
from rejoinder.people.identity import commands, passwords, rules, store
from rejoinder.people.identity.model import (
    ClaimFirst,
    Credentials,
    HandleMissing,
    Holder,
    LinkMissing,
    PasswordInvalid,
    PersonDraft,
    ProfileChange,
    SignInWrong,
    TextInvalid,
)
from rejoinder.people.identity.shapes import (
    AgainBody,
    ClaimBody,
    CodeBody,
    FinishResetBody,
    GuestBody,
    HolderOut,
    InstallationOut,
    MailboxOut,
    MailOut,
    MeBody,
    MeOut,
    PasswordBody,
    ResetBody,
    SentOut,
    SessionOut,
    SessionsOut,
    SignInBody,
    SignUpBody,
    TokenBody,
    TokenOut,
)
from rejoinder.units.bounds import LIST_COUNT_MAX, has_words, is_clean_text
from rejoinder.units.clock import Clock
from rejoinder.units.errors import TooMany
from rejoinder.units.ids import id_from_wire
from rejoinder.wire.auth import COOKIE, Viewer

# The server ends sessions; the cookie only has to outlive them. 400 days is the longest that browsers keep one.
_COOKIE_LASTS_S = 400 * 24 * 3600


class Site(Protocol):
    """The one setting that identity needs: what links in mails begin with."""

    @property
    def public_url(self) -> str: ...


# Both are protocols, which cannot be asked about an instance; the server hands them in.
SiteDependency = SkipValidation[NamedDependency[Site]]
ClockDependency = SkipValidation[NamedDependency[Clock]]
AnyRequest = Request[Any, Any, Any]


@post("/api/sign-up")
async def sign_up(
    *,
    request: AnyRequest,
    data: JSONBody[SignUpBody],
    database: NamedDependency[Database],
    clock: ClockDependency,
    installation: NamedDependency[Installation],
    settings: SiteDependency,
) -> Response[MeOut]:
    """Make an account and sign in. The answer is the same for an address that is somebody's: its holder gets word by mail."""
    name, address = rules.name_of(data.name), rules.address_of(data.email)
    commands.check_name(name)
    commands.check_address(address)
    _check_password(data.password, address=address, name=name)
    await limit_attempts(request, database, clock, "mail", address)
    credentials = Credentials(address, await passwords.hash_password(data.password))
    draft = PersonDraft(
        name=name,
        region=data.region,
        zone=data.zone,
        language=data.language,
        birth_year=data.birth_year,
        credentials=credentials,
    )

    async def work(tx: Tx) -> Response[MeOut]:
        person_id = await commands.sign_up(tx, draft, clock.now(), public_url=settings.public_url)
        return await _signed_in(
            tx, request=request, person_id=person_id, clock=clock, installation=installation, site=settings
        )

    return await database.run(work)


@post("/api/guest")
async def create_guest(
    *,
    request: AnyRequest,
    data: JSONBody[GuestBody],
    database: NamedDependency[Database],
    clock: ClockDependency,
    installation: NamedDependency[Installation],
    settings: SiteDependency,
) -> Response[MeOut]:
    """Start with a name only; the account lives in this browser until it is claimed."""
    await limit_attempts(request, database, clock, "guest")
    draft = PersonDraft(
        name=rules.name_of(data.name), region=data.region, zone=data.zone, language=data.language, is_claimed=False
    )

    async def work(tx: Tx) -> Response[MeOut]:
        person_id = await commands.create_guest(tx, draft, clock.now())
        return await _signed_in(
            tx, request=request, person_id=person_id, clock=clock, installation=installation, site=settings
        )

    return await database.run(work)


@post("/api/claim", status_code=200)
async def claim(
    *,
    request: AnyRequest,
    data: JSONBody[ClaimBody],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: ClockDependency,
    installation: NamedDependency[Installation],
    settings: SiteDependency,
) -> Response[MeOut]:
    """Keep a guest's account, with its threads, by an address and a password: signs in anew here, and out everywhere else."""
    address, name = rules.address_of(data.email), None if data.name is None else rules.name_of(data.name)
    commands.check_address(address)
    _check_password(data.password, address=address, name=name or "")
    await limit_attempts(request, database, clock, "mail", address)
    credentials = Credentials(address, await passwords.hash_password(data.password))

    async def work(tx: Tx) -> Response[MeOut]:
        at, person_id = clock.now(), viewer.person_id
        await commands.claim(tx, person_id, credentials, at, name=name, public_url=settings.public_url)
        return await _signed_in(
            tx, request=request, person_id=person_id, clock=clock, installation=installation, site=settings
        )

    return await database.run(work)


@post("/api/verify-email", status_code=204)
async def verify_email(
    *, request: AnyRequest, data: JSONBody[CodeBody], database: NamedDependency[Database], clock: ClockDependency
) -> None:
    """Prove an address by the code that was mailed to it; from any device, signed in or not."""
    await limit_attempts(request, database, clock, "code")
    await database.run(lambda tx: commands.verify_email(tx, data.code, clock.now()))


@post("/api/verify-email/again", status_code=202)
async def verify_email_again(
    *,
    request: AnyRequest,
    data: JSONBody[AgainBody],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: ClockDependency,
    settings: SiteDependency,
) -> SentOut:
    """Mail a new code; with `email`, to a corrected address."""
    address = None if data.email is None else rules.address_of(data.email)
    await limit_attempts(request, database, clock, "mail", address or str(viewer.person_id))

    async def work(tx: Tx) -> SentOut:
        at, url = clock.now(), settings.public_url
        return SentOut(await commands.send_code_again(tx, viewer.person_id, at, address=address, public_url=url))

    return await database.run(work)


@post("/api/sign-in", status_code=200)
async def sign_in(
    *,
    request: AnyRequest,
    data: JSONBody[SignInBody],
    database: NamedDependency[Database],
    clock: ClockDependency,
    installation: NamedDependency[Installation],
    settings: SiteDependency,
) -> Response[MeOut]:
    """Sign in with address and password. A wrong one and an unknown address look and take alike."""
    address = rules.address_of(data.email)
    await limit_attempts(request, database, clock, "sign_in", address)
    logins = await database.run(lambda tx: store.list_logins(tx, address)) if is_clean_text(address) else []
    person_id = await passwords.find_match(data.password, logins)
    if person_id is None:
        raise SignInWrong("The address or the password is wrong. You can choose a new password by mail.")
    return await database.run(
        lambda tx: _signed_in(
            tx, request=request, person_id=person_id, clock=clock, installation=installation, site=settings
        )
    )


@post("/api/sign-out", status_code=204)
async def sign_out(
    *, viewer: NamedDependency[Viewer], database: NamedDependency[Database], clock: ClockDependency
) -> Response[None]:
    """End this session."""
    await database.run(lambda tx: commands.sign_out(tx, viewer, viewer.session_id, clock.now()))
    response = Response(None, status_code=204)
    response.delete_cookie(COOKIE)
    return response


@post("/api/password-reset", status_code=202)
async def request_reset(
    *,
    request: AnyRequest,
    data: JSONBody[ResetBody],
    database: NamedDependency[Database],
    clock: ClockDependency,
    settings: SiteDependency,
) -> SentOut:
    """Mail a code to choose a new password. The answer is the same whether or not there is an account."""
    address = rules.address_of(data.email)
    commands.check_address(address)
    await limit_attempts(request, database, clock, "mail", address)
    await database.run(lambda tx: commands.request_reset(tx, address, clock.now(), public_url=settings.public_url))
    return SentOut(address)


@post("/api/password-reset/finish", status_code=200)
async def finish_reset(
    *,
    request: AnyRequest,
    data: JSONBody[FinishResetBody],
    database: NamedDependency[Database],
    clock: ClockDependency,
    installation: NamedDependency[Installation],
    settings: SiteDependency,
) -> Response[MeOut]:
    """Choose a new password with the mailed code: signs in here, and out everywhere else."""
    await limit_attempts(request, database, clock, "code")
    code = await database.run(lambda tx: commands.read_reset(tx, data.code, clock.now()))
    _check_password(data.password, address=code.subject, name=code.name)
    hashed = await passwords.hash_password(data.password)

    async def work(tx: Tx) -> Response[MeOut]:
        person_id = await commands.finish_reset(tx, data.code, hashed, clock.now(), public_url=settings.public_url)
        return await _signed_in(
            tx, request=request, person_id=person_id, clock=clock, installation=installation, site=settings
        )

    return await database.run(work)


@post("/api/password", status_code=204)
async def change_password(
    *,
    request: AnyRequest,
    data: JSONBody[PasswordBody],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: ClockDependency,
    settings: SiteDependency,
) -> None:
    """Change the password; signs out everywhere else."""
    await limit_attempts(request, database, clock, "sign_in", str(viewer.person_id))
    me = await database.run(lambda tx: commands.get_me(tx, viewer.person_id))
    logins = await database.run(lambda tx: store.list_own_login(tx, viewer.person_id))
    if await passwords.find_match(data.old, logins) is None:
        raise PasswordInvalid("That is not your password now.", field="old")
    _check_password(data.new, address=me.email or "", name=me.name, field="new")
    hashed = await passwords.hash_password(data.new)
    url = settings.public_url
    await database.run(lambda tx: commands.change_password(tx, viewer, hashed, clock.now(), public_url=url))


@get("/api/me")
async def get_me(
    *,
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    installation: NamedDependency[Installation],
) -> MeOut:
    """Oneself."""
    return await database.run(lambda tx: _me(tx, viewer.person_id, installation))


@patch("/api/me")
async def update_me(
    *,
    data: JSONBody[MeBody],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: ClockDependency,
    installation: NamedDependency[Installation],
) -> MeOut:
    """Change what is given."""
    change = ProfileChange(
        name=None if data.name is None else rules.name_of(data.name),
        handle=None if data.handle is None else rules.handle_of(data.handle),
        region=data.region,
        zone=data.zone,
        language=data.language,
        birth_year=data.birth_year,
    )

    async def work(tx: Tx) -> MeOut:
        await commands.update_me(tx, viewer.person_id, change, clock)
        return await _me(tx, viewer.person_id, installation)

    return await database.run(work)


@get("/api/sessions")
async def list_sessions(
    *, viewer: NamedDependency[Viewer], database: NamedDependency[Database], clock: ClockDependency
) -> SessionsOut:
    """One's sessions that work, newest first."""
    found = await database.run(
        lambda tx: store.list_sessions(tx, viewer.person_id, at=clock.now(), row_count=LIST_COUNT_MAX)
    )
    return SessionsOut(
        [
            SessionOut(str(one.id), one.label, one.kind, one.created_at, one.last_seen_at, one.id == viewer.session_id)
            for one in found
        ]
    )


@delete("/api/sessions/{session_id:str}")
async def revoke_session(
    *,
    session_id: FromPath[str],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: ClockDependency,
) -> None:
    """End one of one's sessions, at once."""
    await database.run(lambda tx: commands.sign_out(tx, viewer, id_from_wire(session_id), clock.now()))


@post("/api/tokens")
async def create_token(
    *,
    request: AnyRequest,
    data: JSONBody[TokenBody],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: ClockDependency,
) -> TokenOut:
    """A bearer token for one's own programs; it may do what its person may, and is listed and ended as a session."""
    if viewer.is_guest:
        raise ClaimFirst("Add an address and a password first; then your programs can have tokens.")
    label = data.label.strip()
    if not is_clean_text(label) or not has_words(label):
        raise TextInvalid("Say in a word or two what the token is for.", field="label")
    await limit_attempts(request, database, clock, "token", str(viewer.person_id))
    token = await database.run(lambda tx: commands.open_session(tx, viewer.person_id, "program", label, clock.now()))
    return TokenOut(token)


@get("/api/handles/{handle:str}")
async def find_handle(
    *,
    request: AnyRequest,
    handle: FromPath[str],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: ClockDependency,
) -> HolderOut:
    """Who has exactly this handle, or had it. There is no other way to look for people."""
    found = await get_holder(request, viewer, database, clock, handle)
    return HolderOut(found.kind, str(found.id), found.name, found.handle)


@get("/api/test/mail")
async def read_test_mail(
    *, to: FromQuery[str], database: NamedDependency[Database], installation: NamedDependency[Installation]
) -> MailboxOut:
    """The in-app mailbox, newest first; exists on test installations only."""
    address = rules.address_of(to)
    if not installation.is_test or not is_clean_text(address):
        raise LinkMissing("There is nothing at this address.")
    mails = await database.run(lambda tx: store.list_mail_to(tx, address, row_count=20))
    return MailboxOut([MailOut(str(mail.id), mail.subject, mail.body, mail.created_at) for mail in mails])


@get("/link/{signed:str}", include_in_schema=False)
async def open_link(
    *,
    request: AnyRequest,
    signed: FromPath[str],
    database: NamedDependency[Database],
    clock: ClockDependency,
    installation: NamedDependency[Installation],
    settings: SiteDependency,
) -> Response[None]:
    """Sign in by one click, then go to ?next; exists on test installations only."""
    person_id = rules.read_link(installation.secret, signed, at=clock.now()) if installation.is_test else None
    if person_id is None:
        raise LinkMissing("This link is too old, or not one of ours.")
    wanted = request.query_params.get("next", "/")
    response: Response[None] = Response(
        None, status_code=303, headers={"location": wanted if rules.is_local_path(wanted) else "/"}
    )
    token = await database.run(lambda tx: _open_session(tx, request, person_id, clock))
    response.set_cookie(_cookie(token, settings))
    return response


async def get_holder(request: AnyRequest, viewer: Viewer, database: Database, clock: Clock, handle: str) -> Holder:
    """Who has exactly this handle, or had it; looking is counted, so that nobody tries them all."""
    await limit_attempts(request, database, clock, "handle", str(viewer.person_id))
    wanted = rules.handle_of(handle)
    found = await database.run(lambda tx: commands.find_handle(tx, wanted)) if is_clean_text(wanted) else None
    if found is None:
        raise HandleMissing("Nobody has this handle. Handles must be written exactly.", field="handle")
    return found


async def limit_attempts(request: AnyRequest, database: Database, clock: Clock, act: str, address: str = "") -> None:
    """Count the attempt, or refuse it. Committed before anything else happens, so failures count too."""
    client = request.client.host if request.client else ""
    limits = rules.limits_for(act, client=client, address=address[:254].replace("\0", ""))
    if wait_s := await database.run(lambda tx: commands.note_attempts(tx, limits, clock.now())):
        raise TooMany("Too many attempts. Wait a little, then try again.", retry_after_s=wait_s)


def _check_password(password: str, *, address: str, name: str, field: str = "password") -> None:
    if refusal := rules.refusal_to_password(password, address=address, name=name):
        raise PasswordInvalid(refusal, field=field)


async def _me(tx: Tx, person_id: int, installation: Installation) -> MeOut:
    me = await commands.get_me(tx, person_id)
    shown = InstallationOut(installation.name, str(installation.epoch), installation.is_test)
    return MeOut(**{**asdict(me), "id": str(me.id)}, installation=shown)


async def _signed_in(
    tx: Tx, *, request: AnyRequest, person_id: int, clock: Clock, installation: Installation, site: Site
) -> Response[MeOut]:
    """Oneself, with the cookie of a new session."""
    token = await _open_session(tx, request, person_id, clock)
    response = Response(await _me(tx, person_id, installation))
    response.set_cookie(_cookie(token, site))
    return response


async def _open_session(tx: Tx, request: AnyRequest, person_id: int, clock: Clock) -> str:
    label = rules.device_label(request.headers.get("user-agent", ""))
    return await commands.open_session(tx, person_id, "browser", label, clock.now())


def _cookie(token: str, site: Site) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=token,
        max_age=_COOKIE_LASTS_S,
        httponly=True,
        samesite="lax",
        secure=site.public_url.startswith("https://"),
    )


ROUTES: list[Any] = [
    sign_up,
    create_guest,
    claim,
    verify_email,
    verify_email_again,
    sign_in,
    sign_out,
    request_reset,
    finish_reset,
    change_password,
    get_me,
    update_me,
    list_sessions,
    revoke_session,
    create_token,
    find_handle,
    read_test_mail,
    open_link,
]
