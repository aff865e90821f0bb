"""Mail leaves once it is due, is tried again with growing waits, and says nothing more once it was sent."""

import asyncio
import email
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import Message

import pytest

from rejoinder.db.transaction import Database
from rejoinder.people.identity import commands, jobs, store
from rejoinder.people.identity.mail import SmtpMailer
from rejoinder.people.identity.model import Letter, Limit, Mail
from rejoinder.people.identity.rules import MAIL_TRIES_MAX
from rejoinder.units.clock import FixedClock
from tests.support.people import make_person, sign_in


@dataclass
class SmtpServer:
    """A mail server on a loopback socket; says `answer` to each recipient."""

    answer: str = "250 ok"
    port: int = 0
    recipients: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := (await reader.readline()).decode().strip():
            match line.split()[0].upper():
                case "RCPT":
                    self.recipients.append(line.partition("<")[2].rstrip(">"))
                    writer.write(f"{self.answer}\r\n".encode())
                case "DATA":
                    writer.write(b"354 go on\r\n")
                    self.messages.append(email.message_from_bytes(await reader.readuntil(b"\r\n.\r\n")))
                    writer.write(b"250 ok\r\n")
                case "QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                case _:
                    writer.write(b"250 ok\r\n")
        writer.close()


@asynccontextmanager
async def smtp_server(answer: str = "250 ok") -> AsyncIterator[SmtpServer]:
    running = SmtpServer(answer)
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0)
    running.port = server.sockets[0].getsockname()[1]
    async with server:
        yield running


def mailer_of(server: SmtpServer) -> SmtpMailer:
    return SmtpMailer(f"smtp://127.0.0.1:{server.port}", mail_from="Rejoinder <no-reply@chat.example.org>")


async def write_mail(database: Database, clock: FixedClock) -> None:
    letter = Letter("ada@example.org", "Grüße", "Your code is abcd 1234.\n")
    await database.run(lambda tx: commands.write_mails(tx, [letter], clock.now()))


async def only_mail(database: Database) -> Mail:
    (mail,) = await database.run(lambda tx: store.list_mail_to(tx, "ada@example.org", row_count=5))
    return mail


async def test_a_mail_is_sent_once_and_then_forgets_what_it_said(fresh_database: Database, clock: FixedClock) -> None:
    await write_mail(fresh_database, clock)
    async with smtp_server() as server:
        assert await jobs.send_due(fresh_database, mailer_of(server), clock.now()) == 1
        assert await jobs.send_due(fresh_database, mailer_of(server), clock.now()) == 0
    assert server.recipients == ["ada@example.org"]
    (message,) = server.messages
    assert message["To"] == "ada@example.org"
    assert "abcd 1234" in message.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert (await only_mail(fresh_database)).body == ""


async def test_without_a_mailer_mail_stays_in_the_app(fresh_database: Database, clock: FixedClock) -> None:
    await write_mail(fresh_database, clock)
    assert await jobs.send_due(fresh_database, None, clock.now()) == 0
    assert "abcd 1234" in (await only_mail(fresh_database)).body


async def test_a_failure_is_tried_again_later_until_it_is_given_up(fresh_database: Database, clock: FixedClock) -> None:
    await write_mail(fresh_database, clock)
    waits = []
    async with smtp_server("451 busy") as server:
        for _ in range(MAIL_TRIES_MAX):
            assert await jobs.send_due(fresh_database, mailer_of(server), clock.now()) == 1
            assert await jobs.send_due(fresh_database, mailer_of(server), clock.now()) == 0
            tries = (await only_mail(fresh_database)).tries
            clock.move(minutes=2 ** (tries - 1))
            waits.append(tries)
        clock.move(days=30)
        assert await jobs.send_due(fresh_database, mailer_of(server), clock.now()) == 0
    assert waits == list(range(1, MAIL_TRIES_MAX + 1))
    assert server.messages == []


async def test_a_refusal_for_good_is_not_tried_again(fresh_database: Database, clock: FixedClock) -> None:
    await write_mail(fresh_database, clock)
    async with smtp_server("550 no such mailbox") as server:
        assert await jobs.send_due(fresh_database, mailer_of(server), clock.now()) == 1
        clock.move(days=1)
        assert await jobs.send_due(fresh_database, mailer_of(server), clock.now()) == 0
    assert len(server.recipients) == 1


async def test_a_mail_of_a_dead_worker_is_sent_by_another(fresh_database: Database, clock: FixedClock) -> None:
    await write_mail(fresh_database, clock)
    at = clock.now()
    await fresh_database.run(lambda tx: store.take_mails(tx, at=at, retry_at=at + timedelta(minutes=10), row_count=10))
    async with smtp_server() as server:
        assert await jobs.send_due(fresh_database, mailer_of(server), clock.now()) == 0
        assert await jobs.send_due(fresh_database, mailer_of(server), clock.move(minutes=10)) == 1


async def test_two_workers_never_take_the_same_mail(fresh_database: Database, clock: FixedClock) -> None:
    for _ in range(8):
        await write_mail(fresh_database, clock)
    async with smtp_server() as server:
        counts = await asyncio.gather(
            *(jobs.send_due(fresh_database, mailer_of(server), clock.now()) for _ in range(3))
        )
    assert sum(counts) == 8
    assert len({message["Message-ID"] for message in server.messages}) == 8


@pytest.mark.parametrize("url", ["http://host", "smtp://", "host:25"])
def test_an_address_of_no_mail_server(url: str) -> None:
    with pytest.raises(ValueError, match="mail server"):
        SmtpMailer(url, mail_from="a@b.org")


async def test_rows_are_forgotten_when_their_time_is_over(fresh_database: Database, clock: FixedClock) -> None:
    await write_mail(fresh_database, clock)
    await fresh_database.run(lambda tx: commands.note_attempts(tx, [Limit("test", 1, 900)], clock.now()))
    person_id = await make_person(fresh_database)
    await sign_in(fresh_database, person_id, at=clock.now())
    async with smtp_server() as server:
        await jobs.send_due(fresh_database, mailer_of(server), clock.now())
    assert await jobs.forget_old(fresh_database, clock.move(hours=24)) == 0
    assert await jobs.forget_old(fresh_database, clock.move(minutes=1)) == 1
    assert await jobs.forget_old(fresh_database, clock.move(days=7)) == 1
    assert await jobs.forget_old(fresh_database, clock.move(days=80)) == 0
    assert await jobs.forget_old(fresh_database, clock.move(days=3)) == 1
