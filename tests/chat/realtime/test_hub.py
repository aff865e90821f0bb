"""What of a change goes to whom."""

import json

from rejoinder.chat.model import Body, Message, Participant, Sponsored, Text, ThreadChange, Unsent
from rejoinder.chat.realtime.hub import Connection, Hub
from rejoinder.units.clock import FixedClock
from rejoinder.wire.auth import Viewer

PERSON, BUSINESS = Participant("person", 1), Participant("business", 2)


async def test_an_advert_is_sent_to_the_person_alone(clock: FixedClock) -> None:
    """Not even in a span of changes with other news, as another process reads it."""
    hub, listening = Hub(), {side: Connection(Viewer(side.id, side.id)) for side in (PERSON, BUSINESS)}
    for side, connection in listening.items():
        hub.add(connection, side)
    advert = Sponsored("Tea", "10 % off", "Tea GmbH", "Tea House", "7", "token")
    bodies: list[Body] = [advert, Unsent(is_sponsored=True), Unsent(), Text("hi")]
    messages = [Message(n, BUSINESS, f"c{n}", body, n, clock.now()) for n, body in enumerate(bodies, 1)]
    hub.publish(ThreadChange(1, 1, 0, 4, {PERSON: 1, BUSINESS: None}, messages))
    sent = {side: json.loads((await connection.next_frames())[0]) for side, connection in listening.items()}
    assert [message["position"] for message in sent[PERSON]["messages"]] == [1, 2, 3, 4]
    assert [message["position"] for message in sent[BUSINESS]["messages"]] == [3, 4]
    assert sent[BUSINESS]["to_change"] == 4
