from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.errors import Misconfigured
from bot.settings import Settings, known_keys, load, read_config
from bot.settings.files import check_item

ROOT = Path(__file__).parents[2]


def env(folder: Path, text: str) -> Path:
    path = folder / ".env"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_names_every_setting_and_no_other() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    named = [match[1] for line in lines if (match := re.match(r"#? ?([A-Z][A-Z_]+)=", line))]
    assert sorted(named) == sorted(str(field.alias) for field in Settings.model_fields.values())
    assert len(named) == len(set(named))


def test_the_example_tells_each_setting_in_the_words_of_the_code_and_with_its_default() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    flat = " ".join(text.replace("#", " ").split())
    for field in Settings.model_fields.values():
        assert " ".join(str(field.title).split()) in flat, field.alias


def test_the_example_itself_loads(tmp_path: Path) -> None:
    assert load({}, ROOT / ".env.example").database_url == "sqlite:///data/dateline.db"
    del tmp_path


def test_an_unknown_key_is_refused_with_file_line_and_the_nearest_one(tmp_path: Path) -> None:
    path = env(tmp_path, "# a comment\n\nTELEGRAM_BOT_TOKEN=1:x\nDATELINE_ZON=UTC\n")
    with pytest.raises(Misconfigured) as caught:
        load({}, path)
    assert "DATELINE_ZON" in str(caught.value)
    assert "line 4" in str(caught.value)
    assert "DATELINE_ZONE" in caught.value.hint


def test_a_bad_value_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        load({}, env(tmp_path, "DATELINE_PARSERS=2\nDATELINE_ZONE=Asia/Tapei\n"))
    assert "line 2" in str(caught.value)
    assert "Asia/Taipei" in str(caught.value)


def test_the_environment_counts_before_the_file_and_unknown_ones_of_ours_are_refused(tmp_path: Path) -> None:
    path = env(tmp_path, "DATELINE_ZONE=UTC\n")
    assert load({"DATELINE_ZONE": "Asia/Manila", "HOME": "/"}, path).zone == "Asia/Manila"
    with pytest.raises(Misconfigured, match="environment"):
        load({"DATELINE_CHATID": "5"}, path)


def test_a_base_address_alone_gets_a_dummy_key() -> None:
    assert load({"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}, None).model_key == "none"
    assert load({}, None).model_key == ""
    assert load({"OPENAI_API_KEY": "sk-abc"}, None).model_key == "sk-abc"


def test_secrets_come_from_files_too_and_never_show_in_a_repr(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("123456:SECRET\n", encoding="utf-8")
    settings = load({"TELEGRAM_BOT_TOKEN_FILE": str(secret)}, None)
    assert settings.telegram_bot_token.get_secret_value() == "123456:SECRET"
    assert "SECRET" not in repr(settings)
    with pytest.raises(Misconfigured, match="nowhere"):
        load({"OPENAI_API_KEY_FILE": str(tmp_path / "nowhere")}, None)


def test_every_known_key_can_be_set() -> None:
    assert "TELEGRAM_BOT_TOKEN_FILE" in known_keys()
    assert len(known_keys()) == len(set(known_keys()))


def test_the_shipped_config_is_read_whole() -> None:
    items = read_config(ROOT / "config")
    feeds = {ident: body for (kind, ident), body in items.items() if kind == "feed"}
    outlets = {ident for kind, ident in items if kind == "outlet"}
    assert len(feeds) >= 60
    assert {body["outlet"] for body in feeds.values()} <= outlets
    assert {"en", "zh", "ar"} <= {body["language"] for body in feeds.values()}
    assert len({body["url"] for body in feeds.values()}) == len(feeds)
    assert {ident for kind, ident in items if kind == "topic"} == {"syria", "us-china", "indo-pacific"}


@pytest.mark.parametrize(
    ("name", "text", "says", "line"),
    [
        ("feeds", "feeds:\n  a:\n    url: https://x.example/f\n    intervall: 15m\n", "interval", 4),
        ("feeds", "feeds:\n  a:\n    url: ftp://x.example/f\n", "url", 3),
        ("feeds", "feeds:\n  a:\n    title: A\n", "url is missing", 2),
        ("feeds", "feeds:\n  A B:\n    url: https://x.example/f\n", "cannot be an id", 2),
        (
            "feeds",
            "feeds:\n  a:\n    url: https://x.example/f\n  a:\n    url: https://y.example\n",
            "twice",
            4,
        ),
        ("feeds", "feed:\n  a: {}\n", "unknown key feed", 1),
        ("feeds", "feeds: [1, 2]\n", "expected names", 1),
        ("feeds", "feeds:\n  a: {url: [\n", "cannot read", 3),
        ("digests", "digests:\n  m:\n    times: ['25:00']\n", "times", 3),
        ("digests", "digests:\n  m:\n    zone: Mars/Base\n", "zone", 3),
        ("digests", "digests:\n  m:\n    length: endless\n", "length", 3),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(
    tmp_path: Path, name: str, text: str, says: str, line: int
) -> None:
    (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured) as caught:
        read_config(tmp_path)
    told = f"{caught.value} {caught.value.hint}"
    assert says in told
    assert f"line {line}" in told
    assert f"{name}.yaml" in told


def test_times_are_read_as_people_write_them(tmp_path: Path) -> None:
    (tmp_path / "digests.yaml").write_text('digests:\n  m:\n    times: ["7:30", 18:05]\n', encoding="utf-8")
    assert read_config(tmp_path)["digest", "m"]["times"] == ["07:30", "18:05"]


def test_an_item_from_elsewhere_is_held_to_the_same_rules() -> None:
    with pytest.raises(Misconfigured, match="command line"):
        check_item("feed", "x", {"url": "nonsense"}, where="command line")
    assert check_item("feed", "x", {"url": "https://x.example"}, where="chat") == {"url": "https://x.example"}


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no such folder"):
        read_config(tmp_path / "nowhere")
