from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bot.adapters.samples import samples
from bot.domain import summaries
from bot.domain.prompts import parse
from bot.errors import Misconfigured
from bot.settings.folders import samples_of
from bot.types import Rules
from tests.pipeline.newsroom import newsroom

FOLDER = Path(__file__).parents[2] / "prompts" / "samples"
QUAKE = (FOLDER / "sulawesi-quake.yaml").read_text("utf-8")


def test_the_shipped_samples_are_twenty_of_three_topics_in_three_languages() -> None:
    found = samples(FOLDER)
    assert [one.id for one in found] == sorted(path.stem for path in FOLDER.glob("*.yaml"))
    assert Counter(one.brief.topic for one in found) == {"syria": 7, "us-china": 7, "indo-pacific": 6}
    assert {one.brief.language for one in found} == {"en", "zh", "ar"}
    assert all(len({source.outlet for source in one.brief.sources}) >= 3 for one in found)
    assert len({one.brief.sources[0].published_at.date() for one in found}) >= 4
    assert sum(source.reprint for one in found for source in one.brief.sources) >= 3


def test_their_stories_are_nobody_elses_and_the_same_in_every_run() -> None:
    found = samples(FOLDER)
    numbers = [one.brief.story for one in found]
    assert len(set(numbers)) == len(numbers)
    assert all(-(2**63) <= one < 0 for one in numbers)
    assert samples(FOLDER) == found


def test_each_can_be_told_without_a_model_in_its_own_language() -> None:
    for one in samples(FOLDER):
        told = summaries.extract(one.brief, rules=Rules())
        assert told.sentences, one.id
        assert one.brief.text_language == one.brief.language.split("-")[0], one.id
        assert len(one.brief.passages) >= 5, one.id


@pytest.mark.parametrize("path", sorted(FOLDER.parent.glob("*.prompt.md")), ids=lambda path: path.stem)
def test_every_shipped_prompt_can_be_put_before_a_model_with_a_sample(path: Path) -> None:
    prompt = parse(path.read_text("utf-8"), path.name)
    quake = next(one.brief for one in samples(FOLDER) if one.id == "sulawesi-quake")
    system, user = summaries.frame(quake, prompt, nonce="n0nce", style="- Plain.")
    assert "{{" not in system["content"]
    assert ("The last digest came\non 2026-03-05" in system["content"]) == (prompt.task == "update")
    assert all(f"[{one.id}]" in user["content"] for one in quake.passages)


def test_a_reprint_gives_no_passage_of_its_own() -> None:
    (strike,) = (one.brief for one in samples(FOLDER) if one.id == "quneitra-strike")
    copies = {source.number for source in strike.sources if source.reprint}
    assert copies
    assert not copies & {passage.source for passage in strike.passages}


def test_what_is_for_tests_alone_reaches_no_brief(tmp_path: Path) -> None:
    bare = QUAKE[: QUAKE.index("\nfacts:")]
    (tmp_path / "sulawesi-quake.yaml").write_text(bare, "utf-8")
    (whole,) = (one for one in samples(FOLDER) if one.id == "sulawesi-quake")
    assert samples(tmp_path) == (whole,)


def test_no_folder_is_no_samples(tmp_path: Path) -> None:
    assert samples(tmp_path / "nowhere") == ()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("story: sulawesi-quake", "story: another", "its story is 'another'"),
        ("topic: indo-pacific", "topic: [a]", "field topic"),
        ("topic: indo-pacific\n", "", "field topic"),
        ("    day: ", "    day: 9", "field articles.1.day"),
        ("    language: en", "    language: English", "field articles."),
        ("    outlet: ", "    outlet: '../../etc' #", "field articles.1.outlet"),
        ("    title: ", "    titel: ", "field articles.1.title"),
        ("articles:", "articles: [", "no valid YAML"),
        ("articles:", "x: !!bool maybe\narticles:", "no valid YAML"),
        ("story: sulawesi-quake", "", "field story"),
    ],
)
def test_a_broken_file_is_named_with_the_place_and_what_to_do(
    old: str, new: str, says: str, tmp_path: Path
) -> None:
    assert old in QUAKE
    path = tmp_path / "sulawesi-quake.yaml"
    path.write_text(QUAKE.replace(old, new, 1), "utf-8")
    with pytest.raises(Misconfigured) as caught:
        samples(tmp_path)
    assert says in str(caught.value)
    assert "sulawesi-quake.yaml" in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"", b"7", b"- a", b"x" * 100_001, b"[" * 5_000, b"a: &a [*a]"]
)
def test_a_file_that_is_no_sample_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "story.yaml").write_bytes(content)
    with pytest.raises(Misconfigured) as caught:
        samples(tmp_path)
    assert "story.yaml" in str(caught.value)


def test_a_fault_in_the_yaml_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "story.yaml").write_text("story: a\ntopic: 'b\n", "utf-8")
    with pytest.raises(Misconfigured) as caught:
        samples(tmp_path)
    assert int(str(caught.value.ids["line"])) in {2, 3}


def test_a_house_without_samples_of_its_own_uses_those_that_came_along(tmp_path: Path) -> None:
    assert samples_of(tmp_path).resolve() == FOLDER.resolve()
    (tmp_path / "samples").mkdir()
    assert samples_of(tmp_path) == tmp_path / "samples"


async def test_the_app_reads_them_when_they_are_asked_for(tmp_path: Path) -> None:
    async with newsroom(tmp_path, outlets=[], articles=[]) as room, room.app() as app:
        assert [one.id for one in app.deps.samples()] == [one.id for one in samples(FOLDER)]
