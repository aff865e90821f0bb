"""QR codes as a scanner sees them, and the pages behind links."""

import xml.etree.ElementTree as ET

import pytest
import zxingcpp

from rejoinder.business.entry_points import rules
from rejoinder.db.transaction import Database
from rejoinder.units.clock import FixedClock
from tests.support.business import make_business, make_door
from tests.support.client import Client, app_client, error_of

QUIET = 4
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
async def client(database: Database, clock: FixedClock) -> Client:
    return await app_client(database, clock)


def drawn(svg: str) -> tuple[list[list[int]], ET.Element]:
    """The picture that an SVG of horizontal strokes draws, one value a module: 0 black, 255 white."""
    root = ET.fromstring(svg)  # noqa: S314  our own answer
    side = int(root.attrib["viewBox"].split()[2]) // 8
    picture = [[255] * side for _ in range(side)]
    path = next(one.attrib["d"] for one in root.iter(f"{SVG}path") if "stroke" in one.attrib)
    x, y = 0.0, 0.0
    for kind, numbers in _moves(path):
        if kind == "M":
            x, y = numbers
        elif kind == "m":
            x, y = x + numbers[0], y + numbers[1]
        else:
            for step in range(int(numbers[0])):
                picture[int(y)][int(x) + step] = 0
            x += numbers[0]
    return picture, root


def _moves(path: str) -> list[tuple[str, list[float]]]:
    moves, word = [], ""
    for sign in f"{path}M":
        if sign.isalpha() and word:
            moves.append((word[0], [float(number) for number in word[1:].replace("-", " -").split()]))
            word = ""
        word += sign
    return moves


def scanned(picture: list[list[int]]) -> str:
    """What a scanner reads, eight dots a module."""
    rows = [bytes(value for value in row for _ in range(8)) for row in picture for _ in range(8)]
    image = memoryview(b"".join(rows)).cast("B", (len(rows), len(rows[0])))
    (found,) = zxingcpp.read_barcodes(image)
    return str(found.text)


async def test_a_doors_code_says_its_link_has_a_quiet_zone_and_a_name(client: Client, database: Database) -> None:
    business = await make_business(database, name="Café <Noir> & Söhne")
    door = await make_door(database, business.id)
    answer = await client.call("GET", f"/e/{door.code}/qr.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["content-disposition"] == 'inline; filename="cafe-noir-sohne.svg"'
    picture, root = drawn(answer.text)
    assert scanned(picture) == f"http://testserver/e/{door.code}"
    assert [element.text for element in root.iter(f"{SVG}title")] == ["Café <Noir> & Söhne"]
    edges = [*picture[:QUIET], *picture[-QUIET:], *([row[:QUIET] + row[-QUIET:] for row in picture])]
    assert {value for row in edges for value in row} == {255}
    assert picture[QUIET][QUIET] == 0


async def test_a_handles_code_says_its_link(client: Client, database: Database) -> None:
    business = await make_business(database)
    answer = await client.call("GET", f"/m/{business.handle}/qr.svg")
    assert scanned(drawn(answer.text)[0]) == f"http://testserver/m/{business.handle}"


async def test_a_closed_door_is_still_printed_and_an_unknown_one_is_not(client: Client, database: Database) -> None:
    business = await make_business(database)
    door = await make_door(database, business.id)
    async with database.transaction() as tx:
        await tx.connection.execute("UPDATE business.entry_point SET is_active = false WHERE id = $1", door.id)
    assert (await client.call("GET", f"/e/{door.code}/qr.svg")).status_code == 200
    error_of(await client.call("GET", "/e/zzzzzzzz/qr.svg"), 404)


@pytest.mark.parametrize(
    ("name", "file_name"), [("Tea House", "tea-house"), ("茶館", "qr"), ('a"b\r\nc/../d', "a-b-c-d")]
)
def test_file_names_are_plain(name: str, file_name: str) -> None:
    assert rules.file_name(name) == file_name


@pytest.mark.parametrize(
    ("text", "code"),
    [("ABCD1234", "abcd1234"), (" abcd1234 ", "abcd1234"), ("abcd123", None), ("abcdi234", None), ("\0", None)],
)
def test_codes_are_read_however_they_are_typed(text: str, code: str | None) -> None:
    assert rules.code_of(text) == code
