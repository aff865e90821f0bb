"""Every domain error in the program reaches HTTP through the one table."""

import importlib
import pkgutil

import rejoinder
from rejoinder.units.errors import DomainError
from rejoinder.wire.errors import STATUS_OF_KIND, status_of


def all_errors(kind: type[DomainError]) -> set[type[DomainError]]:
    return {kind} | {error for child in kind.__subclasses__() for error in all_errors(child)}


def test_every_domain_error_has_a_status_and_a_code_of_its_own() -> None:
    for module in pkgutil.walk_packages(rejoinder.__path__, "rejoinder."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    errors = all_errors(DomainError) - {DomainError}
    assert all(status_of(error.__new__(error)) in STATUS_OF_KIND.values() for error in errors)
    codes = [error.code for error in errors]
    assert len(codes) == len(set(codes)), "two errors share a code"
