"""The story is played whole, with processes of its own; and a story that fails says so and leaves nothing behind."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from rejoinder.server.story.play import STEPS, play_story
from rejoinder.server.story.stage import StoryFailure
from rejoinder.server.story.town import Town

pytestmark = pytest.mark.xdist_group("story")


def told(output: io.StringIO) -> list[str]:
    return output.getvalue().strip().splitlines()


def test_the_story_passes() -> None:
    output = io.StringIO()
    assert play_story(Console(file=output, width=200)) == 0, output.getvalue()
    assert told(output)[-1] == f"story: {len(STEPS)} passed, 0 failed"
    assert len(STEPS) == 13


def test_a_step_that_fails_ends_the_story_and_everything_it_started() -> None:
    met: list[Town] = []

    async def fail(town: Town) -> None:
        met.append(town)
        raise StoryFailure("the tea is cold")

    output = io.StringIO()
    assert play_story(Console(file=output, width=200), [("Tea is served", fail), *STEPS[1:]]) == 1
    assert told(output)[-1] == f"story: 0 passed, {len(STEPS)} failed"
    assert "the tea is cold" in output.getvalue()
    [town] = met
    assert not town.stage.folder.exists()
    left = [
        stat for stat in Path("/proc").glob("[0-9]*/cmdline") if str(town.stage.folder).encode() in _content_of(stat)
    ]
    assert not left, "a process of the story still runs"


def _content_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # it has just ended
        return b""
