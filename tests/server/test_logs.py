"""What the logs tell, and what they keep to themselves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.chat import probe_socket, wait_until_served
from tests.support.database import TestServer

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


def test_a_line_of_a_request_has_the_id_that_its_answer_had(postgres: TestServer, tmp_path: Path) -> None:
    environment = {"REJOINDER_DATABASE_URL": postgres.create_database(), "REJOINDER_LOG_FORMAT": "json"}
    with probe_socket() as port:
        origin = f"http://127.0.0.1:{port}"
    log = tmp_path / "serve.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "rejoinder", "serve", "--port", str(port)]
        server = subprocess.Popen(command, env={**os.environ, **environment}, stdout=output, stderr=output)
        try:
            wait_until_served(origin, server)
            answer = httpx.get(f"{origin}/api/nowhere")
        finally:
            server.terminate()
            server.wait()
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    [line] = [line for line in lines if line.get("request_id") == answer.headers["x-request-id"]]
    assert (line["path"], line["status"]) == ("/api/nowhere", 404)
    assert answer.json()["error"]["request_id"] == line["request_id"]
