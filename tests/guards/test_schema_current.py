"""The generated schema.sql files tell what the migrations make."""

import pytest

from rejoinder.db.queries import PACKAGE_ROOT
from rejoinder.db.schema_dump import PACKAGES, dump
from tests.support.database import TestServer, is_outside

pytestmark = pytest.mark.skipif(is_outside(), reason="versions word their dumps differently")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_schema_file_is_current(postgres: TestServer, package: str) -> None:
    kept = (PACKAGE_ROOT / package / "schema.sql").read_text()
    assert dump(postgres.create_database(), package) == kept, "run `make schema`"
