"""docs/prompts.md says what is so: its examples fit the shipped files, its tables the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.domain.prompts import KNOWN, REQUIRED, gate, house_style, parse, render
from bot.domain.prompts.files import FILE_LIMIT, FRONT_LIMIT, LENGTHS
from bot.domain.prompts.house import CHAT_LIMIT, KEYS, STYLE_LIMIT
from bot.domain.summaries.select import PASSAGE_WORDS
from bot.errors import Misconfigured

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "prompts"
PAGE = (ROOT / "docs" / "prompts.md").read_text("utf-8")
STORY = (FOLDER / "story.prompt.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```(diff|markdown) (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
VALUES: dict[str, str | int] = {
    "language": "English",
    "topic": "Syria",
    "max_sentences": 4,
    "house_style": "-",
}

FAULTS = {
    "unknown variable {{ langauge }}, did you mean 'language'?": ("{{ language }}", "{{ langauge }}"),
    "{{ language }} must be used somewhere in the text": ("{{ language }}", "English"),
    "a pair of {{ }} is not closed or holds more than a name": ("{{ language }}", "{{ language }"),
    "{{ topic }} is used but not listed at the top": ("[language, topic,", "[language,"),
    "unknown key 'modle', did you mean 'model'?": ("model:", "modle:"),
    "is not valid YAML": ("model: default", "model: [default"),
    "temperature must be a number from 0 to 2": ("temperature: 0.2", "temperature: 7"),
    "logic ({% … %}) is not understood": ("# Role", "{% if a %}"),
    "characters; 40 to 8000 are allowed": ("# Role", "long " * 2000),
    "it seems to hold a secret key or token": ("# Role", "api_key: sk-abcdefghijklmnop1234"),
    "there is an invisible character": ("# Role", "# \u202eRole"),
}


def edited(text: str, changes: str) -> str:
    """The text with each block of lines that go replaced by the lines that come in their place."""
    for gone, come in re.findall(r"((?:^-.*\n)+)((?:^\+.*\n)+)", changes, re.MULTILINE):
        old, new = (re.sub(r"(?m)^[-+]", "", lines) for lines in (gone, come))
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading."""
    below = PAGE.split(f"\n{heading}\n", 1)[1]
    table = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
    assert table
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[0].splitlines()[2:]]


def test_there_are_five_examples() -> None:
    assert len(EXAMPLES) == 5 == len(re.findall(r"^### \d\. ", PAGE, re.MULTILINE))


@pytest.mark.parametrize(("kind", "name", "text"), EXAMPLES)
def test_an_example_fits_the_shipped_file_and_is_right(kind: str, name: str, text: str) -> None:
    shipped = (FOLDER / name).read_text("utf-8")
    new = edited(shipped, text) if kind == "diff" else text
    assert new != shipped
    if name == "house-style.yaml":
        assert house_style(new) != house_style(shipped)
        return
    prompt = parse(new, name)
    assert prompt.name == name.removesuffix(".prompt.md")
    assert prompt.hash != parse(shipped, name).hash
    assert "{" not in render(prompt, VALUES)
    assert prompt.variables == parse(shipped, name).variables


def test_the_examples_of_the_house_style_go_together() -> None:
    text = (FOLDER / "house-style.yaml").read_text("utf-8")
    for kind, name, changes in EXAMPLES:
        if (kind, name) == ("diff", "house-style.yaml"):
            text = edited(text, changes)
    told = house_style(text)
    assert "as one tells it at breakfast" in told
    assert "amid, regime, so-called" in told


def test_the_variables_are_those_that_there_are() -> None:
    named = {cells[0].strip("`{} "): cells for cells in rows("### Variables")}
    assert set(named) == frozenset().union(*KNOWN.values())
    for name, cells in named.items():
        for table, cell in ((KNOWN, cells[2]), (REQUIRED, cells[3] if len(cells) > 3 else "")):
            said = {one for one in re.split(r"\W+", cell) if one}
            assert said == {task for task, known in table.items() if name in known}, (name, cell)


def test_every_file_and_every_key_of_the_style_is_on_the_page() -> None:
    files = set(
        re.findall(r"`([\w-]+\.prompt\.md)`", "\n".join(" ".join(row) for row in rows("## What there is")))
    )
    assert files == {path.name for path in FOLDER.glob("*.prompt.md")}
    assert [row[0].strip("`") for row in rows("### The house style")] == list(KEYS)


def test_the_messages_are_what_the_program_says() -> None:
    said = [row[0].strip("`") for row in rows("## When a file is not right")]
    assert said == list(FAULTS)
    for message, (old, new) in FAULTS.items():
        assert old in STORY
        with pytest.raises(Misconfigured) as caught:
            parse(STORY.replace(old, new), "story.prompt.md")
        assert message in str(caught.value), message


def test_the_limits_are_those_of_the_program() -> None:
    low, high = LENGTHS
    assert f"The text has {low} to {high:,} characters" in PAGE
    assert f"the block at most {FRONT_LIMIT:,}, the file at most {FILE_LIMIT:,}" in PAGE
    assert f"at most {STYLE_LIMIT:,} characters" in PAGE
    assert f"{CHAT_LIMIT} for example" in PAGE
    assert f"({PASSAGE_WORDS} words at most" in PAGE
    assert f"After {gate.ENOUGH} stories, or after {gate.PLAINLY} if" in PAGE
    limits = [row[1] for row in rows("## Before it goes live: preview and the gate")]
    assert limits[0] == f"{gate.HARD_MORE * 100:.0f} in 100"
    assert limits[1] == f"{gate.DROPPED_MORE * 100:.0f} in 100"
    assert limits[2].startswith(f"{gate.EXTRACTIVE_MORE * 100:.0f} in 100")
    assert limits[3] == f"{gate.COST_TIMES} times"
