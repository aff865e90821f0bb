"""The address of reach: how many people an offer could reach, in ranges."""

from pathlib import Path
from typing import Any, Protocol

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from rejoinder.ads.audiences import commands
from rejoinder.ads.audiences.model import Audience, Reach
from rejoinder.business.profiles import commands as profiles
from rejoinder.business.profiles import rules as roles
from rejoinder.db.migrate import Installation
from rejoinder.db.transaction import Database
from rejoinder.people.protections.policy import load_policies
from rejoinder.units.clock import Clock
from rejoinder.units.ids import id_from_wire
from rejoinder.wire.auth import Viewer


class PolicySettings(Protocol):
    """Where the operator's policy lies."""

    @property
    def policy_dir(self) -> Path | None: ...


@post("/api/businesses/{business_id:str}/reach", status_code=200)
async def read_reach(
    *,
    business_id: FromPath[str],
    data: JSONBody[Audience],
    viewer: NamedDependency[Viewer],
    database: NamedDependency[Database],
    clock: NamedDependency[SkipValidation[Clock]],
    installation: NamedDependency[Installation],
    settings: NamedDependency[SkipValidation[PolicySettings]],
) -> Reach:
    """How many of the people who wrote to the business an offer could reach now, and in merged groups why not the others."""
    asked = id_from_wire(business_id)
    async with database.transaction() as tx:
        await profiles.require_role(tx, asked, viewer.person_id, roles.ADVERTISERS)
        return await commands.read_reach(
            tx,
            asked,
            data,
            policies=load_policies(settings.policy_dir),
            secret=installation.secret,
            at=clock.now(),
        )


ROUTES: list[Any] = [read_reach]
