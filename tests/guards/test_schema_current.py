"""The generated schema.sql files tell what the migrations make."""

import os

import pytest

from rejoinder.db.queries import PACKAGE_ROOT
from rejoinder.db.schema_dump import PACKAGES, dump
from tests.support.database import TestServer

pytestmark = pytest.mark.skipif(
    "REJOINDER_TEST_DATABASE_URL" in os.environ, reason="versions word their dumps differently"
)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_schema_file_is_current(postgres: TestServer, package: str) -> None:
    kept = (PACKAGE_ROOT / package / "schema.sql").read_text()
    assert dump(postgres.create_database(), package) == kept, "run `make schema`"
