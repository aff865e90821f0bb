"""What the logs keep to themselves."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys, structlog
from rejoinder.server.logs import set_up_logs
set_up_logs(sys.argv[1])
def sign_in(password):
    raise RuntimeError("broken inside")
try:
    sign_in("correct " + "horse")
except RuntimeError as error:
    structlog.get_logger().error("unexpected_error", exc_info=error)
"""


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_error_is_logged_whole_but_for_what_the_variables_held(log_format: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, log_format], capture_output=True, text=True, check=True)
    assert "broken inside" in done.stderr
    assert "sign_in" in done.stderr
    assert "correct horse" not in done.stderr
