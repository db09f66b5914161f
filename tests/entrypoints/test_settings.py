from __future__ import annotations

import re
import shutil
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
        ("digests", "digests:\n  m:\n    language: english\n", "ISO 639-1", 3),
        ("digests", "digests:\n  m:\n    chat: t.me/morning_news\n", "did you mean @morning_news?", 3),
        ("digests", "digests:\n  m:\n    chat: yes\n", "@channelname", 3),
        ("feeds", "feeds:\n  a: https://x.example/f\n", "expected names", 2),
        ("feeds", "feeds:\n  a:\n    url: https://x.example/f\n    language: no\n", 'quotes: "no"', 4),
        ("feeds", "feeds:\n  a:\n    url: https://x.example/f\n    url: https://y.example\n", "twice", 4),
        ("feeds", "feeds:\n  a:\n    url: !!python/name:os.system\n", "cannot read", 3),
        ("feeds", "feeds:\n  a: {url: https://x.example}\n  b: {url: https://x.example}\n", "a has", 3),
        ("outlets", "outlets:\n  a:\n    name: A\n    domains: [https://a.example]\n", "without https://", 4),
        ("topics", "topics:\n  t:\n    names: {en: T}\n    include: {no: [x]}\n", '"no"', 4),
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


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("feeds", "feeds:\n  a:\n    url: https://x.example/f\n    outlet: bcc\n", "did you mean bbc?"),
        ("feeds", "feeds:\n  a:\n    url: https://x.example/f\n    topics: [syra]\n", "did you mean syria?"),
        ("digests", "digests:\n  a:\n    times: ['07:30']\n    topics: [syra]\n", "did you mean syria?"),
    ],
)
def test_a_name_that_the_files_beside_do_not_have_is_told_with_its_line(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / "config" / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured, match="line 4") as caught:
        read_config(tmp_path / "config")
    assert says in caught.value.hint


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "feeds:\n", "feeds: {}\n"])
def test_a_file_from_which_all_was_taken_out_is_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "feeds.yaml").write_text(text, encoding="utf-8")
    assert read_config(tmp_path) == {}


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_bytes(b"\xff\xfef\0")
    with pytest.raises(Misconfigured, match=r"feeds\.yaml") as caught:
        read_config(tmp_path)
    assert "UTF-8" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("DATELINE_CHAT_ID=my channel", "@channelname"),
        ("DATELINE_CHAT_ID=https://t.me/morning_news", "did you mean @morning_news?"),
        ("DATELINE_OWNER_CHAT=someone", "did you mean @someone?"),
        ("DATELINE_LANGUAGES=en,english", "'english' is no language"),
        ("DATELINE_ALLOW_PRIVATE=localhost", "192.168.1.0/24"),
        ("DATELINE_DATABASE=mysql://x/y", "postgresql://"),
        ("DATELINE_TELEGRAM_API=http://127.0.0.1:8081", "/bot"),
        ("OPENAI_BASE_URL=127.0.0.1:11434", "http://"),
        ("DATELINE_LOG_LEVEL=loud", "'DEBUG'"),
        ("TELEGRAM_BOT_TOKEN", "NAME=value"),
        ("DATELINE_PARSRS=2", "did you mean DATELINE_PARSERS?"),
    ],
)
def test_what_people_get_wrong_in_env_is_told_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(Misconfigured, match="line 2") as caught:
        load({}, env(tmp_path, f"DATELINE_ZONE=UTC\n{text}\n"))
    assert says in f"{caught.value} {caught.value.hint}"


def test_what_people_write_a_little_otherwise_is_understood(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"\xef\xbb\xbfDATELINE_LOG_LEVEL=debug\r\nexport DATELINE_CHAT_ID = '@morning_news'\r\n")
    settings = load({}, path)
    assert (settings.log_level, settings.chat_id) == ("DEBUG", "@morning_news")
    api = env(tmp_path, "DATELINE_TELEGRAM_API=http://127.0.0.1:8081/bot/\n")
    assert load({}, api).telegram_api == "http://127.0.0.1:8081/bot"


def test_an_env_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfeD\0")
    with pytest.raises(Misconfigured, match="no text"):
        load({}, tmp_path / ".env")


def test_times_are_read_as_people_write_them(tmp_path: Path) -> None:
    (tmp_path / "digests.yaml").write_text('digests:\n  m:\n    times: ["7:30", 18:05]\n', encoding="utf-8")
    assert read_config(tmp_path)["digest", "m"]["times"] == ["07:30", "18:05"]


def test_an_item_from_elsewhere_is_held_to_the_same_rules() -> None:
    with pytest.raises(Misconfigured, match="command line"):
        check_item("feed", "x", {"url": "nonsense"}, where="command line")
    assert check_item("feed", "x", {"url": "https://x.example"}, where="chat") == {"url": "https://x.example"}
    with pytest.raises(Misconfigured, match="cannot be an id"):
        check_item("feed", "Bad Id!", {"url": "https://x.example"}, where="command line")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no such folder"):
        read_config(tmp_path / "nowhere")
