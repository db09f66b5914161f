"""The words of one language (``bot/locale``): texts, plurals, numbers, days, and marks between scripts."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import format_decimal

from bot.domain.schedules import zone
from bot.errors import Misconfigured

CATEGORIES = frozenset({"zero", "one", "two", "few", "many", "other"})
"""CLDR's plural categories: a table with only these keys, and "other" among them, is a plural."""

INTERFACE = ("en", "zh-Hant", "zh", "ar")
"""Languages that the interface speaks; each has its catalogues in ``bot/locale``. ``zh`` is Simplified."""
_TRADITIONAL = ("hant", "tw", "hk", "mo")

LRM, RLM = "\u200e", "\u200f"


@functools.lru_cache(maxsize=256)
def _locale(code: str) -> Locale | None:
    """What Babel knows of a language; it looks unknown ones up in its folder each time."""
    try:
        return Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def interface_language(code: str) -> str:
    """The interface language for a client's language code ("zh-TW", "ar-EG"); English where none fits."""
    first, *rest = code.replace("_", "-").lower().split("-")
    if first == "zh":
        return "zh-Hant" if set(rest) & set(_TRADITIONAL) else "zh"
    return first if first in INTERFACE else "en"


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one language; what is missing is taken from the fallback."""

    language: str
    texts: Mapping[str, str | Mapping[str, str]]
    locale: Locale

    @classmethod
    def from_mapping(
        cls, language: str, mapping: Mapping[str, Any], fallback: Mapping[str, Any] | None = None
    ) -> Wording:
        """Words by key (``footer.newest``); nested tables are flattened.

        Raises:
            Misconfigured: unknown language, or an entry that is neither text nor table nor plural.
        """
        try:
            locale = Locale.parse(language, sep="-")
        except (UnknownLocaleError, ValueError) as error:
            raise Misconfigured("unknown interface language", language=language) from error
        texts = dict(_flat(fallback or {}, language))
        texts.update(_flat(mapping, language))
        return cls(language, texts, locale)

    def language_name(self, code: str) -> str:
        """The name of a language in this one; its code where it has none."""
        known = _locale(code)
        return code if known is None else str(known.get_display_name(self.locale) or code)

    @property
    def rtl(self) -> bool:
        """Whether the language is written from right to left."""
        return self.locale.text_direction == "rtl"

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, with its {names} filled in. Raises Misconfigured when key or name is unknown."""
        text = self._text(key)
        return self._fill(key, text if isinstance(text, str) else text["other"], values)

    def count(self, key: str, n: int, **values: object) -> str:
        """The plural of a key for this number, which fills {n}."""
        text = self._text(key)
        if not isinstance(text, str):
            text = text.get(self.locale.plural_form(n), text["other"])
        return self._fill(key, text, {"n": self.number(n), **values})

    def number(self, n: int) -> str:
        """In the language's grouping, with the digits 0-9 (they stand beside [1] marks)."""
        return str(format_decimal(n, locale=self.locale, numbering_system="latn"))

    def day(self, day: date, width: str = "full") -> str:
        """A date; ``width`` is "full" (with weekday and year), "short" or "weekday"."""
        return str(format_date(day, self(f"date.{width}"), locale=self.locale))

    def clock(self, local: datetime) -> str:
        """A time of day."""
        return str(format_time(local.time(), self("date.clock"), locale=self.locale))

    def moment(self, at: datetime, zone_name: str) -> str:
        """Short date and time of an instant in this zone."""
        local = at.astimezone(zone(zone_name))
        return self("date.moment", date=self.day(local.date(), "short"), time=self.clock(local))

    def ago(self, gap: timedelta) -> str:
        """How long ago ("41 minutes ago"); under a minute, or a clock's slip ahead, is "just now"."""
        if gap < timedelta(minutes=1):
            return self("footer.now")
        said = format_timedelta(
            -gap, granularity="minute", threshold=1.5, add_direction=True, locale=self.locale
        )
        return str(said)

    def join(self, pieces: Iterable[str]) -> str:
        """Pieces with middle dots between, each kept whole where scripts of both directions meet."""
        return self.separator.join(self.settle(piece) for piece in pieces if piece)

    @property
    def separator(self) -> str:
        """What stands between pieces of a line."""
        return f" ·{RLM} " if self.rtl else " · "

    def settle(self, text: str) -> str:
        """The text, closed by a mark of the digest's direction where it holds letters of the other one.

        Without it, two Arabic names in an English line change places, and so do two Latin ones in Arabic.
        """
        if text.isascii() and not self.rtl:
            return text
        other, mark = ({"L"}, RLM) if self.rtl else ({"R", "AL"}, LRM)
        foreign = not text.endswith(mark) and any(unicodedata.bidirectional(char) in other for char in text)
        return text + mark if foreign else text

    def _text(self, key: str) -> str | Mapping[str, str]:
        try:
            return self.texts[key]
        except KeyError as error:
            raise Misconfigured("no wording", key=key, language=self.language) from error

    def _fill(self, key: str, text: str, values: Mapping[str, object]) -> str:
        try:
            return text.format(**values)
        except (KeyError, IndexError, ValueError) as error:
            hint = f"known here: {', '.join(sorted(values)) or 'none'}"
            raise Misconfigured("a {name} in the wording is wrong", hint=hint, key=key, text=text) from error


def _flat(mapping: Mapping[str, Any], language: str, prefix: str = "") -> dict[str, str | Mapping[str, str]]:
    flat: dict[str, str | Mapping[str, str]] = {}
    for name, value in mapping.items():
        key = f"{prefix}{name}"
        if isinstance(value, str):
            flat[key] = value
        elif isinstance(value, Mapping) and "other" in value and CATEGORIES.issuperset(value):
            flat[key] = {category: str(text) for category, text in value.items()}
        elif isinstance(value, Mapping):
            flat |= _flat(value, language, f"{key}.")
        else:
            raise Misconfigured("wording must be text, a table or a plural", key=key, language=language)
    return flat
