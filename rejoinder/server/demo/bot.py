"""A business's program, as anybody would write one: a bearer token, the live channel, and answers to what people say.

It speaks only when spoken to: each message of a person gets at most one answer, after a moment of typing, and nobody is
put off twice. It knows nothing
of the program it talks to beyond `/live`.
"""

import asyncio
import difflib
import json
import random
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

log = structlog.get_logger(__name__)

TYPING_S = (0.8, 2.2)
EXCUSE = {"type": "text", "text": "Thanks for writing! Somebody from the team will look at this shortly."}
LIKENESS_LEAST = 0.55
RECONNECT_S = 2.0


class Bot:
    """Answers for one business. `answers`: what is asked, and what to say to it."""

    def __init__(self, url: str, token: str, answers: Mapping[str, str], choices: Sequence[str]) -> None:
        self._url, self._headers = url.replace("http", "ws", 1) + "/live", {"Authorization": f"Bearer {token}"}
        self._answers, self._choices = answers, choices
        self._excused: set[str] = set()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        while True:
            try:
                async with connect(self._url, additional_headers=self._headers) as socket:
                    await self._listen(socket)
            except* (ConnectionClosed, InvalidStatus, OSError):
                log.debug("bot_reconnects")
            await asyncio.sleep(RECONNECT_S)

    async def _listen(self, socket: ClientConnection) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(_stay_alive(socket))
            async for text in socket:
                frame = json.loads(text)
                if frame["type"] == "changed":
                    for message in frame["messages"]:
                        if message["sender"]["kind"] == "person" and frame["to_change"] == message["change"]:
                            group.create_task(self._answer(socket, frame["thread_id"], message))
                elif frame["type"] == "refused":
                    log.info("bot_refused", code=frame["code"], why=frame["message"])

    async def _answer(self, socket: ClientConnection, thread_id: str, message: dict[str, Any]) -> None:
        said = self.reply_to(message["body"])
        if said is None or (said is EXCUSE and thread_id in self._excused):
            return
        if said is EXCUSE:
            self._excused.add(thread_id)
        read = {
            "type": "receipt",
            "thread_id": thread_id,
            "delivered": message["position"],
            "read": message["position"],
        }
        await socket.send(json.dumps(read))
        await socket.send(json.dumps({"type": "typing", "thread_id": thread_id}))
        await asyncio.sleep(random.uniform(*TYPING_S))  # noqa: S311  a pause, no secret
        send = {"type": "send", "client_id": uuid.uuid4().hex, "thread_id": thread_id, "body": said}
        await socket.send(json.dumps(send))

    def reply_to(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """What to say to a message; None for what asks for nothing (a thank-you, something taken back)."""
        if body["type"] not in ("text", "quick_reply", "postback", "get_started"):
            return None
        asked = body["text"]
        if body["type"] == "get_started":
            choices = [{"title": each[:20], "payload": each} for each in self._choices]
            return {"type": "options", "text": "What can we do for you?", "quick_replies": choices}
        if asked.lower().startswith(("thank", "perfect", "great", "lovely", "ok")):
            return None
        likeness = {each: difflib.SequenceMatcher(None, asked.lower(), each.lower()).ratio() for each in self._answers}
        nearest = max(likeness, key=lambda each: likeness[each])
        if likeness[nearest] >= LIKENESS_LEAST:
            return {"type": "text", "text": self._answers[nearest]}
        return EXCUSE


async def _stay_alive(socket: ClientConnection) -> None:
    while True:
        await asyncio.sleep(20)
        await socket.send('{"type": "ping"}')
