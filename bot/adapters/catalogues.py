"""The interface's words, from gettext catalogues: ``bot/locale/LOCALE/LC_MESSAGES/*.po``, a file per subject.

A message's id is its key (``footer.newest``): the English words are a catalogue like the others, and a person
who edits them breaks no translation. The files are read as they are, so that there is nothing to compile; a
language is read when somebody first needs it.
"""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from babel.messages.pofile import PoFileError, read_po

from bot.domain.wording import INTERFACE, Wording
from bot.errors import Misconfigured

FOLDERS: Mapping[str, str] = {"en": "en", "zh-Hant": "zh_Hant", "zh": "zh_Hans", "ar": "ar"}
"""Interface language -> its folder in ``bot/locale``."""
CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "en": ("one", "other"),
    "zh-Hant": ("other",),
    "zh": ("other",),
    "ar": ("zero", "one", "two", "few", "many", "other"),
}
"""CLDR's plural categories in the order of the catalogues' ``msgstr[0]``, ``msgstr[1]``, …"""


class Catalogues(Mapping[str, Wording]):
    """Interface language -> its words; what a catalogue lacks is taken from the English one."""

    def __getitem__(self, language: str) -> Wording:
        if language not in INTERFACE:
            raise KeyError(language)
        return _wording(language)

    def __iter__(self) -> Iterator[str]:
        return iter(INTERFACE)

    def __len__(self) -> int:
        return len(INTERFACE)


@functools.cache
def _wording(language: str) -> Wording:
    """Read once a process: the files come with the program."""
    return Wording.from_mapping(language, catalogue(language), catalogue("en"))


@functools.cache
def catalogue(language: str) -> Mapping[str, Any]:
    """Key -> text, or plural category -> text; all files of the language.

    Raises:
        Misconfigured: a file that is no catalogue, or a key that stands in two of them.
    """
    found: dict[str, Any] = {}
    for file in files(language):
        try:
            with file.open("rb") as lines:
                messages = read_po(lines, abort_invalid=True)
        except (PoFileError, UnicodeDecodeError) as error:
            raise Misconfigured("this is no gettext catalogue", file=file) from error
        for message in messages:
            plural = isinstance(message.id, list | tuple)
            key = str(message.id[0] if plural else message.id)
            said: Sequence[str] = message.string or ""
            if not key or not any(said):
                continue
            if key in found:
                raise Misconfigured("a key stands in two catalogues", key=key, file=file)
            forms = zip(CATEGORIES[language], said, strict=False)
            found[key] = dict(forms) if plural else str(said)
    return MappingProxyType(found)


def files(language: str) -> tuple[Traversable, ...]:
    """The catalogues of a language, by name."""
    folder = importlib.resources.files("bot.locale") / FOLDERS[language] / "LC_MESSAGES"
    return tuple(
        sorted((file for file in folder.iterdir() if file.name.endswith(".po")), key=lambda file: file.name)
    )
