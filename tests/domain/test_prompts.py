from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.prompts import parse, render
from bot.errors import Misconfigured

SHIPPED = (Path(__file__).parents[2] / "prompts" / "story.prompt.md").read_text(encoding="utf-8")
VALUES: dict[str, str | int] = {"language": "English", "topic": "Syria", "max_sentences": 4}


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
        ("variables: [language, topic, max_sentences]", "variables: 7", "variables must be a list"),
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


@given(st.text(max_size=60))
def test_values_are_never_scanned_again(value: str) -> None:
    prompt = parse(SHIPPED, "x")
    text = render(prompt, VALUES | {"topic": "{{ language }}" + value})
    assert "follow {{ language }}" in text


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
