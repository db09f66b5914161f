from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from bot.domain import declarations
from bot.domain.declarations import choose, edit, item_hash, reconcile
from bot.errors import Misconfigured
from bot.types import Declared, FeedStatus, TopicSlug

KEY = ("feed", "bbc")
OLD = {"url": "https://a.example/feed"}
NEW = {"url": "https://b.example/feed"}
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def imported(body: dict[str, str]) -> Declared:
    return Declared(kind="feed", id="bbc", body=body, file_hash=item_hash(body))


def test_a_new_item_of_a_file_is_added() -> None:
    changes = reconcile({KEY: OLD}, [])
    assert changes.added == (KEY,)
    assert changes.write[0].file_hash == item_hash(OLD)
    assert not changes.write[0].edited


def test_an_unchanged_file_writes_nothing() -> None:
    assert reconcile({KEY: OLD}, [imported(OLD)]).write == ()


def test_a_changed_file_updates_what_nobody_edited() -> None:
    changes = reconcile({KEY: NEW}, [imported(OLD)])
    assert changes.updated == (KEY,)
    assert changes.write[0].body == NEW


def test_an_edit_made_elsewhere_stays_while_the_file_stays() -> None:
    edited = edit(imported(OLD), "feed", "bbc", {"url": "https://chat.example/feed"})
    assert reconcile({KEY: OLD}, [edited]).write == ()


def test_an_edit_and_a_changed_file_conflict_and_the_edit_counts_until_the_owner_chooses() -> None:
    edited = edit(imported(OLD), "feed", "bbc", {"url": "https://chat.example/feed"})
    changes = reconcile({KEY: NEW}, [edited])
    assert changes.conflicts == (KEY,)
    conflict = changes.write[0]
    assert conflict.body["url"] == "https://chat.example/feed"
    assert conflict.conflict == NEW
    assert reconcile({KEY: NEW}, [conflict]).write == ()  # told once, not at every import


@pytest.mark.parametrize(
    ("take_file", "url"), [(True, "https://b.example/feed"), (False, "https://a.example/feed")]
)
def test_the_owners_choice_settles_a_conflict_for_good(take_file: bool, url: str) -> None:
    edited = edit(imported({"url": "x"}), "feed", "bbc", OLD)
    conflict = reconcile({KEY: NEW}, [edited]).write[0]
    chosen = choose(conflict, take_file=take_file)
    assert chosen.body["url"] == url
    assert chosen.conflict is None
    assert reconcile({KEY: NEW}, [chosen]).write == ()


def test_what_vanishes_from_a_file_is_switched_off_and_comes_back_with_it() -> None:
    gone = reconcile({}, [imported(OLD)])
    assert gone.switched_off == (KEY,)
    assert not gone.write[0].on
    assert declarations.feed(gone.write[0]).status is FeedStatus.OFF
    back = reconcile({KEY: OLD}, list(gone.write))
    assert back.write[0].on


def test_what_was_added_by_hand_is_not_switched_off_by_files_that_never_had_it() -> None:
    by_hand = edit(None, "feed", "mine", OLD)
    assert reconcile({}, [by_hand]).write == ()


def test_a_digest_for_the_default_chat_waits_until_there_is_one() -> None:
    item = Declared(kind="digest", id="morning", body={"times": ["07:30", "06:00"], "days": ["sun", "mon"]})
    slugs = (TopicSlug("syria"), TopicSlug("us-china"))
    assert (
        declarations.subscription(item, default_chat="", default_zone="UTC", topics=slugs, created_at=NOW)
        is None
    )
    made = declarations.subscription(
        item, default_chat="-100", default_zone="Asia/Taipei", topics=slugs, created_at=NOW
    )
    assert made is not None
    assert made.address.chat == "-100"
    assert made.topics == slugs
    assert made.schedule.times == (time(6, 0), time(7, 30))
    assert made.schedule.days == (0, 6)
    assert made.schedule.zone == "Asia/Taipei"


def test_an_unknown_topic_of_a_digest_is_named_with_the_known_ones() -> None:
    item = Declared(kind="digest", id="morning", body={"chat": 1, "topics": ["syra"]})
    with pytest.raises(Misconfigured) as caught:
        declarations.subscription(
            item, default_chat="", default_zone="UTC", topics=(TopicSlug("syria"),), created_at=NOW
        )
    assert "syra" in str(caught.value)
    assert "syria" in caught.value.hint
