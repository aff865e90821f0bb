"""Who is calling: a signed-in person (cookie or bearer token) or a program of a business (bearer token).

`server.app` hands in `authenticate`, so that nothing here knows how sessions are kept. What a viewer may do is decided by
the package whose thing it is; here stands only whether there is one.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from litestar.connection import ASGIConnection

from rejoinder.units.errors import NotAllowed, NotSignedIn

COOKIE = "rejoinder_session"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person, or a program that speaks for one business and nobody else.

    `business_id` is set for programs only; `person_id` is then who created the token (for the audit log), never a sender.
    """

    person_id: int
    session_id: int
    is_guest: bool = False
    is_operator: bool = False
    business_id: int | None = None


Authenticate = Callable[[str], Awaitable[Viewer | None]]
AnyConnection = ASGIConnection[Any, Any, Any, Any]


def token_of(connection: AnyConnection) -> str | None:
    """The bearer token, else the cookie."""
    header = connection.headers.get("authorization", "")
    if header[:7].lower() == "bearer ":
        return header[7:].strip() or None
    return connection.cookies.get(COOKIE)


async def find_viewer(connection: AnyConnection) -> Viewer | None:
    """Who is calling, or None; a token that is not known (any more) counts as none."""
    token = token_of(connection)
    if token is None or len(token) > 200:
        return None
    authenticate: Authenticate = connection.app.state.authenticate
    return await authenticate(token)


async def provide_caller(request: AnyConnection) -> Viewer:
    """For routes that programs may use too."""
    viewer = await find_viewer(request)
    if viewer is None:
        raise NotSignedIn("Sign in first.")
    return viewer


async def provide_viewer(request: AnyConnection) -> Viewer:
    """For routes of people."""
    viewer = await provide_caller(request)
    if viewer.business_id is not None:
        raise NotAllowed("This is for people; a business's token cannot do it.")
    return viewer


async def provide_operator(request: AnyConnection) -> Viewer:
    """For the operator's routes."""
    viewer = await provide_viewer(request)
    if not viewer.is_operator:
        raise NotAllowed("Only the operator may do this.")
    return viewer
