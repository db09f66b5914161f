from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.prompts import KNOWN, house_style, parse, render
from bot.domain.summaries.answers import _runs
from bot.errors import Misconfigured
from tests.quality.week import stories

FOLDER = Path(__file__).parents[2] / "prompts"
FILES = sorted(FOLDER.glob("*.prompt.md"))
SHIPPED = (FOLDER / "story.prompt.md").read_text(encoding="utf-8")
STYLE = (FOLDER / "house-style.yaml").read_text(encoding="utf-8")
VALUES: dict[str, str | int] = {
    "language": "English",
    "topic": "Syria",
    "max_sentences": 4,
    "since": "on 2 March at 07:30",
    "house_style": house_style(STYLE),
}

unhurried = settings(deadline=None)  # the first call pays for imports, and machines are shared

each = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def test_there_is_a_prompt_for_every_task_and_for_every_length() -> None:
    prompts = [parse(path.read_text("utf-8"), path.name) for path in FILES]
    assert {one.task for one in prompts} == set(KNOWN)
    assert {one.name for one in prompts if one.task == "story"} == {"story", "story-brief", "story-deep"}
    assert len({one.hash for one in prompts}) == len(prompts)


@each
def test_each_shipped_prompt_is_named_for_its_file_described_and_renders_without_braces(path: Path) -> None:
    prompt = parse(path.read_text("utf-8"), path.name)
    assert path.name == f"{prompt.name}.prompt.md"
    assert prompt.description.endswith(".")
    assert prompt.model == "default"
    text = render(prompt, VALUES)
    assert not re.search(r"[{}]", text)
    # Every prompt is read and paid for with every story: half of what its passages cost, and no more.
    assert len(text) < 3000


@each
def test_the_house_style_reaches_every_prompt_but_the_judge(path: Path) -> None:
    prompt = parse(path.read_text("utf-8"), path.name)
    assert ("house_style" in prompt.variables) == (prompt.task != "judge")
    assert ("- Words to avoid: slammed" in render(prompt, VALUES)) == (prompt.task != "judge")


@each
def test_no_shipped_prompt_repeats_what_stands_in_code(path: Path) -> None:
    # An editor who finds the answer's form in the file would change it there, and nothing would happen.
    assert not re.search(r"json|schema|<source|instruction", path.read_text("utf-8"), re.IGNORECASE)


@each
def test_no_true_sentence_of_the_week_is_taken_for_a_leak_of_a_shipped_prompt(path: Path) -> None:
    told = _runs(render(parse(path.read_text("utf-8"), path.name), VALUES))
    sentences = [one.text for story in stories() for one in story.clean]
    sentences += [one for story in stories() for article in story.articles for one in article.sentences]
    assert [one for one in sentences if told & _runs(one)] == []


def test_the_shipped_house_style_is_right_and_short() -> None:
    told = house_style(STYLE)
    assert told.startswith("- Tone: calm and plain")
    assert len(told) < 600


def test_nothing_after_a_colon_is_not_set() -> None:
    assert house_style("tone:\navoid:\nnotes:\n  - Spell it Kyiv.\n") == "- Spell it Kyiv."


def test_the_shipped_prompt_is_right_and_renders_without_braces() -> None:
    prompt = parse(SHIPPED, "story.prompt.md")
    text = render(prompt, VALUES)
    assert (prompt.name, prompt.task, prompt.model) == ("story", "story", "default")
    assert "at most 4 sentences" in text
    assert "{{" not in text


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("---\nname", "name", "block of settings between two lines of ---"),
        ("temperature: 0.2", "temperature: [0.2", "not valid YAML"),
        ("temperature: 0.2", "temperature: 9", "temperature must be a number from 0 to 2, not 9"),
        ("temperature: 0.2", "temperature: yes", "temperature must be a number"),
        ("max_output_tokens: 900", "max_output_tokens: 5", "from 100 to 8000, not 5"),
        ("model: default", "modle: default", "unknown key 'modle', did you mean 'model'?"),
        ("name: story", "name: My Story!", "name must be 1 to 40"),
        ("name: story\n", "", "the key 'name' is missing"),
        ("task: story", "task: poem", "unknown task 'poem'"),
        ("{{ language }}", "{{ langauge }}", "did you mean 'language'?"),
        ("{{ language }}", "English", "{{ language }} must be used"),
        ("{{ language }}", "{{ language }", "not closed"),
        ("{{ language }}", "{{ language | upper }}", "holds more than a name"),
        ("# Role", "{% for x in y %}", "logic"),
        ("# Role", "x" * 9000, "characters; 40 to 8000 are allowed"),
        ("# Role", "api_key: sk-abcdefghijklmnop1234", "secret"),
        (
            "variables: [language,",
            "variables: [tone, language,",
            "'tone' is listed at the top but never used",
        ),
        ("variables: [language, topic,", "variables: [language,", "topic }} is used but not listed"),
        ("variables: [", "variables: 7 #", "variables must be a list"),
        ("task: story", "task: [story]", "unknown task ['story']"),
        ("temperature: 0.2", "temperature: 0.2\ntemperature: 0.9", "'temperature' stands there twice"),
        ("temperature: 0.2", "temperature: !!float 0.2", "YAML tags"),
        ("name: story", "name: &x story", "YAML anchors"),
        ("name: story", f"name: story{' ' * 4000}", "4,000 are allowed"),
        ("# Role", "# Ro\u202ele", "invisible character (U+202E)"),
        ("# Role", "# Ro\U000e0041le", "invisible character (U+E0041)"),
        ("model: default", 'model: "\\ud800"', "invisible character (U+D800)"),
    ],
)
def test_a_fault_is_told_in_plain_words_with_the_file(old: str, new: str, says: str) -> None:
    assert old in SHIPPED
    with pytest.raises(Misconfigured) as caught:
        parse(SHIPPED.replace(old, new), "mine.prompt.md")
    assert says in str(caught.value)
    assert "mine.prompt.md" in str(caught.value)
    assert caught.value.hint


def test_a_fault_in_the_yaml_names_the_line_of_the_file() -> None:
    broken = SHIPPED.replace("model: default", "model: [default")
    line = next(at for at, one in enumerate(broken.splitlines(), start=1) if one.startswith("model:"))
    with pytest.raises(Misconfigured) as caught:
        parse(broken, "x")
    assert line <= int(str(caught.value.ids["line"])) <= line + 1


def test_all_faults_are_told_at_once() -> None:
    broken = SHIPPED.replace("temperature: 0.2", "temperature: 9").replace("model:", "modle:")
    with pytest.raises(Misconfigured, match=r"modle.*temperature"):
        parse(broken, "x")


def test_a_secret_is_never_repeated_in_the_message() -> None:
    with pytest.raises(Misconfigured) as caught:
        parse(SHIPPED + "\nsk-abcdefghijklmnop1234", "x")
    assert "abcdefghij" not in str(caught.value)


def test_blanks_and_line_ends_do_not_change_the_hash_but_words_do() -> None:
    prompt = parse(SHIPPED, "x")
    assert parse(SHIPPED.replace("\n", "\r\n") + "\n\n", "x").hash == prompt.hash
    assert parse(SHIPPED.replace("exact.", "exact.  "), "x").hash == prompt.hash
    assert parse(SHIPPED.replace("description: Tells", "description: Says"), "x").hash == prompt.hash
    assert parse(SHIPPED.replace("neutral", "cheerful"), "x").hash != prompt.hash
    assert parse(SHIPPED.replace("temperature: 0.2", "temperature: 0.3"), "x").hash != prompt.hash


def test_a_missing_value_is_named() -> None:
    with pytest.raises(Misconfigured, match="topic"):
        render(parse(SHIPPED, "x"), {"language": "English", "max_sentences": 4})


@unhurried
@given(st.text(max_size=60))
def test_values_are_never_scanned_again(value: str) -> None:
    prompt = parse(SHIPPED, "x")
    text = render(prompt, VALUES | {"topic": "{{ language }}" + value})
    assert "follow {{ language }}" in text


@unhurried
@given(st.text(max_size=300))
def test_any_text_is_a_prompt_or_misconfigured(text: str) -> None:
    for whole in (
        text,
        f"---\n{text}\n---\nSome text that is long enough to be a prompt, {{{{ language }}}}",
    ):
        try:
            assert parse(whole, "x").hash
        except Misconfigured as error:
            assert error.message  # noqa: PT017 - either outcome is fine, anything else is not
