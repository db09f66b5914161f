"""``.env`` and the environment into one frozen :class:`Settings`; unknown keys are refused by name.

Order of precedence: the process environment, then ``.env``, then the default. Secrets may also come from
a file: ``TELEGRAM_BOT_TOKEN_FILE=/run/secrets/token`` (likewise ``OPENAI_API_KEY_FILE``).
"""

from __future__ import annotations

import difflib
import io
import ipaddress
import re
import zoneinfo
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

import babel
from dotenv.parser import parse_stream
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from bot.errors import Misconfigured


def _comma(value: object) -> object:
    return (
        tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
    )


def known_zone(value: str) -> str:
    """The zone's name. Raises ValueError, with the nearest name, when there is no such zone."""
    if value not in zoneinfo.available_timezones():
        near = difflib.get_close_matches(value, zoneinfo.available_timezones(), n=1, cutoff=0.5)
        raise ValueError(
            f"no such time zone{f', did you mean {near[0]}?' if near else ''} (IANA names, Asia/Taipei)"
        )
    return value


def known_language(value: str) -> str:
    """The language's code. Raises ValueError when ISO 639-1 has none of that name."""
    if value not in babel.Locale("en").languages or len(value) != 2:
        raise ValueError(f"{value!r} is no language of ISO 639-1: write two small letters, like en")
    return value


def spoken_language(value: str) -> str:
    """A language of digests: ISO 639-1, or Chinese by its script. Raises ValueError when it is neither."""
    return value if value in ("zh-Hant", "zh-Hans") else known_language(value)


def known_chat(value: str) -> str:
    """The chat as Telegram's methods take it, or "". Raises ValueError for a link or a bare name."""
    if value and not re.fullmatch(r"-?\d{1,20}|@\w{4,32}", value):
        name = re.search(r"(?:^|t\.me/)@?([A-Za-z]\w{3,31})/?$", value)
        near = f", did you mean @{name[1]}?" if name else ""
        raise ValueError(f"{value!r} is no chat{near} (a chat's number, or @channelname)")
    return value


def _web(value: str) -> str:
    if value and not re.fullmatch(r"https?://[^\s/]\S*", value):
        raise ValueError("write an address that begins with http:// or https://")
    return value


def _bot_api(value: str) -> str:
    if _web(value) and not value.rstrip("/").endswith("/bot"):
        raise ValueError("write an address that ends in /bot, like http://127.0.0.1:8081/bot")
    return value.rstrip("/")


def _database(value: str) -> str:
    if value and not re.match(r"(postgresql|sqlite)(\+\w+)?://", value):
        raise ValueError("write postgresql://user@host/name, or leave it empty for SQLite")
    return value


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f"{value!r} is no address (10.0.0.5) and no network (192.168.1.0/24)") from None
    return value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


Network = Annotated[str, AfterValidator(_network)]
Zone = Annotated[str, AfterValidator(known_zone)]
Language = Annotated[str, AfterValidator(known_language)]
SpokenLanguage = Annotated[str, AfterValidator(spoken_language)]
Chat = Annotated[str, AfterValidator(known_chat)]
SECRETS = ("TELEGRAM_BOT_TOKEN", "OPENAI_API_KEY", "DATELINE_WEBHOOK_SECRET")


class Settings(BaseModel):
    """Everything that can be set from outside. Field titles are what ``.env.example`` says of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)

    telegram_bot_token: SecretStr = Field(
        SecretStr(""),
        alias="TELEGRAM_BOT_TOKEN",
        title="From @BotFather. Without it nothing is posted; collecting and `dateline digest` still work.",
    )
    chat_id: Chat = Field(
        "",
        alias="DATELINE_CHAT_ID",
        title="The chat of `chat: default` in config/digests.yaml: a chat's number, or @channelname.",
    )
    owner_chat: Chat = Field(
        "",
        alias="DATELINE_OWNER_CHAT",
        title="A chat's number: it hears of troubles (a dead feed, a muted chat). Empty: only the log.",
    )
    access: Literal["open", "invite", "list"] = Field(
        "open",
        alias="DATELINE_ACCESS",
        title="Who may use the bot: open (everybody), invite (whom the owner or an editor invites), list.",
    )
    allowed: Annotated[tuple[Chat, ...], BeforeValidator(_comma)] = Field(
        (), alias="DATELINE_ALLOWED", title="With `list`: numbers of people and chats, with commas."
    )
    pages_a_day: int = Field(
        20, alias="DATELINE_PAGES_A_DAY", ge=0, title="Pages that one chat may have summarized a day."
    )
    model_calls_a_day: int = Field(
        60,
        alias="DATELINE_MODEL_CALLS_A_DAY",
        ge=0,
        title="Model calls that one chat may cause a day by asking.",
    )
    webhook: Annotated[str, AfterValidator(_web)] = Field(
        "",
        alias="DATELINE_WEBHOOK",
        title="An https address of yours that Telegram sends updates to; empty: the bot asks for them.",
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""), alias="DATELINE_WEBHOOK_SECRET", title="What Telegram must say there: A-Z a-z 0-9 _ -"
    )
    webhook_host: str = Field(
        "127.0.0.1", alias="DATELINE_WEBHOOK_HOST", title="Where the webhook listens, behind your proxy."
    )
    webhook_port: int = Field(8443, alias="DATELINE_WEBHOOK_PORT", ge=1, le=65535, title="And on which port.")
    zone: Zone = Field(
        "UTC", alias="DATELINE_ZONE", title="The zone of `zone: default`, an IANA name (Asia/Taipei)."
    )
    languages: Annotated[tuple[Language, ...], BeforeValidator(_comma)] = Field(
        ("en", "zh", "ar"),
        alias="DATELINE_LANGUAGES",
        title="Languages that are read, as ISO 639-1 codes with commas; articles in others are set aside.",
    )
    openai_api_key: SecretStr = Field(
        SecretStr(""),
        alias="OPENAI_API_KEY",
        title="For summaries by a model. Without a key and without a base address, summaries are excerpts.",
    )
    openai_base_url: Annotated[str, AfterValidator(_web)] = Field(
        "",
        alias="OPENAI_BASE_URL",
        title="Any OpenAI-compatible server (Ollama: http://127.0.0.1:11434/v1); needs no key.",
    )
    openai_model: str = Field("gpt-5.4-mini", alias="OPENAI_MODEL", title="The model's name at that server.")
    top_model: str = Field(
        "",
        alias="DATELINE_TOP_MODEL",
        title="A better model for a digest's top stories, at the same server; empty: the same one.",
    )
    top_stories: int = Field(
        3, alias="DATELINE_TOP_STORIES", ge=0, le=50, title="How many stories of a digest are top stories."
    )
    budget_day: float = Field(
        1.0,
        alias="DATELINE_BUDGET_DAY",
        ge=0,
        title="US dollars that models may cost a day, by config/models.yaml; 0 lets only what is free.",
    )
    budget_month: float = Field(
        20.0, alias="DATELINE_BUDGET_MONTH", ge=0, title="And a month. At a cap, digests go on with excerpts."
    )
    judge: bool = Field(
        False,
        alias="DATELINE_JUDGE",
        title="Let the model decide on sentences that the check only doubts (needs logprobs).",
    )
    judge_threshold: float = Field(
        0.5,
        alias="DATELINE_JUDGE_THRESHOLD",
        gt=0,
        lt=1,
        title="Probability of its yes from which such a sentence stays; differs between models.",
    )
    model_timeout: float = Field(
        60.0,
        alias="DATELINE_MODEL_TIMEOUT",
        gt=0,
        le=600,
        title="Seconds that one call of the model may take.",
    )
    model_calls: int = Field(
        4, alias="DATELINE_MODEL_CALLS", ge=1, le=64, title="Calls of the model under way at once."
    )
    embedder: Literal["auto", "offline", "server", "none"] = Field(
        "auto",
        alias="DATELINE_EMBEDDER",
        title="Joins stories by meaning: offline (extra `embedder`), server or none; auto: offline if there.",
    )
    embedder_model: str = Field(
        "text-embedding-3-small",
        alias="DATELINE_EMBEDDER_MODEL",
        title="`server`: the embedding model's name.",
    )
    embedder_url: Annotated[str, AfterValidator(_web)] = Field(
        "",
        alias="DATELINE_EMBEDDER_URL",
        title="`server`: an OpenAI-compatible address ending in /v1; empty: that of the model for summaries.",
    )
    data: Path = Field(
        Path("data"), alias="DATELINE_DATA", title="Folder of the database, backups and logs of failures."
    )
    database: Annotated[str, AfterValidator(_database)] = Field(
        "",
        alias="DATELINE_DATABASE",
        title="postgresql://user@host/name (extra `postgres`); empty: SQLite in the data folder.",
    )
    config: Path = Field(
        Path("config"), alias="DATELINE_CONFIG", title="Folder of feeds, outlets, topics and digests."
    )
    prompts: Path = Field(Path("prompts"), alias="DATELINE_PROMPTS", title="Folder of prompt templates.")
    prompts_follow: bool = Field(
        True,
        alias="DATELINE_PROMPTS_FOLLOW",
        title="Whether an edited prompt file goes live by itself once it passes the gate.",
    )
    chat_style: int = Field(
        0,
        alias="DATELINE_CHAT_STYLE",
        ge=0,
        le=600,
        title="Characters that a chat's own style may have (/style); 0: none. Each costs calls of its own.",
    )
    user_agent: str = Field(
        "Dateline/0.1 (+self-hosted news digest)",
        alias="DATELINE_USER_AGENT",
        min_length=3,
        title="How feeds and pages see us; robots rules are read for its first word.",
    )
    allow_private: Annotated[tuple[Network, ...], BeforeValidator(_comma)] = Field(
        (),
        alias="DATELINE_ALLOW_PRIVATE",
        title="Private addresses that feeds may live at (10.0.0.5, 192.168.1.0/24); all others are refused.",
    )
    telegram_api: Annotated[str, AfterValidator(_bot_api)] = Field(
        "", alias="DATELINE_TELEGRAM_API", title="Another Bot API server's address, ending in /bot."
    )
    paid_broadcast: bool = Field(
        False, alias="DATELINE_PAID_BROADCAST", title="Send above the free rate for Telegram Stars."
    )
    parsers: int = Field(
        2, alias="DATELINE_PARSERS", ge=1, le=32, title="Processes that parse feeds and pages."
    )
    stories_per_topic: int = Field(
        5, alias="DATELINE_STORIES_PER_TOPIC", ge=1, le=20, title="Stories of one topic in a digest, at most."
    )
    keep_articles_days: int = Field(
        30, alias="DATELINE_KEEP_ARTICLES_DAYS", ge=7, title="Days that articles and stories are kept."
    )
    keep_digests_days: int = Field(
        90, alias="DATELINE_KEEP_DIGESTS_DAYS", ge=7, title="Days that sent digests are kept."
    )
    backups: int = Field(
        7, alias="DATELINE_BACKUPS", ge=0, title="Daily backups to keep (SQLite); 0 makes none."
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = Field(
        "INFO", alias="DATELINE_LOG_LEVEL", title="DEBUG, INFO, WARNING, ERROR."
    )

    @model_validator(mode="after")
    def _webhook_is_whole(self) -> Settings:
        secret = self.webhook_secret.get_secret_value()
        right = r"https://[^/?#]+/[^?#]+|http://127\.0\.0\.1:\d+/.+"
        if self.webhook and not re.fullmatch(right, self.webhook):
            raise ValueError("DATELINE_WEBHOOK wants an https address with a path: https://example.org/news")
        if self.webhook and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret):
            raise ValueError("DATELINE_WEBHOOK needs DATELINE_WEBHOOK_SECRET: 16 or more of A-Z a-z 0-9 _ -")
        return self

    @property
    def database_url(self) -> str:
        """Where the rows are: the given database, else SQLite in the data folder."""
        return self.database or f"sqlite:///{self.data / 'dateline.db'}"

    @property
    def model_key(self) -> str:
        """The key for the model's server; a dummy where only a base address is set, "" where neither is."""
        key = self.openai_api_key.get_secret_value()
        return key or ("none" if self.openai_base_url else "")


def known_keys() -> tuple[str, ...]:
    """The names that ``.env`` may hold."""
    names = tuple(str(field.alias) for field in Settings.model_fields.values())
    return names + tuple(f"{name}_FILE" for name in SECRETS)


def load(environ: Mapping[str, str], env_file: Path | None = Path(".env")) -> Settings:
    """Settings from the environment and a ``.env`` file.

    Raises:
        Misconfigured: an unknown key or a bad value, with the file, the line and what would be right.
    """
    lines: dict[str, int] = {}
    values: dict[str, str] = {}
    if env_file is not None and env_file.is_file():
        values, lines = _read_env(env_file)
    ours = {
        key: value for key, value in environ.items() if key in known_keys() or key.startswith("DATELINE_")
    }
    for key in ours:
        if key not in known_keys() and not key.startswith("DATELINE_TEST_"):
            raise Misconfigured(
                f"unknown setting {key}", hint=nearest(key, known_keys()), where="environment"
            )
    lines = {key: line for key, line in lines.items() if key not in ours}
    values |= {key: value for key, value in ours.items() if key in known_keys()}
    given = _secrets_from_files({key: value for key, value in values.items() if value != ""})
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        said = first["msg"].removeprefix("Value error, ")
        key = str(first["loc"][0]) if first["loc"] else said.split(" ", maxsplit=1)[0]
        message = f"{key} is not right: {said}"
        hint = f"see {key} in .env.example"
        if key in lines:
            raise Misconfigured(message, hint=hint, file=env_file, line=lines[key]) from None
        raise Misconfigured(message, hint=hint, where="environment") from None


def _read_env(path: Path) -> tuple[dict[str, str], dict[str, int]]:
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    try:
        text = path.read_text(encoding="utf-8-sig")  # editors on Windows put a mark in front
    except UnicodeDecodeError:
        raise Misconfigured("this is no text", hint="save it as UTF-8", file=path) from None
    for binding in parse_stream(io.StringIO(text)):
        line = binding.original.line + (
            len(binding.original.string) - len(binding.original.string.lstrip("\n"))
        )
        if binding.error or (binding.key is not None and binding.value is None):
            raise Misconfigured("cannot read this line", hint="write NAME=value", file=path, line=line)
        if binding.key is None:
            continue
        if binding.key not in known_keys():
            hint = nearest(binding.key, known_keys())
            raise Misconfigured(f"unknown setting {binding.key}", hint=hint, file=path, line=line)
        values[binding.key] = binding.value or ""
        lines[binding.key] = line
    return values, lines


def _secrets_from_files(values: dict[str, str]) -> dict[str, str]:
    for name in SECRETS:
        path = values.pop(f"{name}_FILE", "")
        if path and name not in values:
            try:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                hint = f"mend {name}_FILE, or write the secret into .env"
                raise Misconfigured(f"cannot read the secret for {name}", hint=hint, file=path) from error
    return values


def nearest(key: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint for a mistyped name: the nearest known one, else ``otherwise``, by default all of them."""
    bare = {name.removeprefix("DATELINE_"): name for name in known}  # else the common beginning decides
    near = difflib.get_close_matches(key.removeprefix("DATELINE_"), bare, n=1, cutoff=0.6)
    if near:
        return f"did you mean {bare[near[0]]}?"
    return otherwise or f"known: {', '.join(sorted(bare.values()))}"
