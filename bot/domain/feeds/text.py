"""Plain text out of whatever stands in a feed's text fields."""

from __future__ import annotations

import html
import re

# A comment without an end runs to the end of the text: to look on from each one would take quadratic time.
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[A-Za-z][^<>]*>", re.DOTALL)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# Controls, and the characters that turn the reading direction round: they can make a title read as another.
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_ASCII_INVISIBLE = bytes(code for code in range(128) if _INVISIBLE.match(chr(code)))
_SURROGATE = re.compile("[\ud800-\udfff]")
# An emoji as two references, each to half of it: what old systems write.
_HALVES = re.compile(r"&#(5[56]\d{3});&#(5[67]\d{3});")
# In scripts without spaces a "word" is a character; this is how many characters stand for one word.
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def clean(text: object) -> str:
    """The text without control, direction and half characters, "" for what is no string.

    Parsers that resolve ``&#55357;&#56832;`` give half characters (surrogates); pairs become their character,
    single ones U+FFFD: a string with a surrogate cannot be stored.
    """
    if not isinstance(text, str):
        return ""
    # What is to go is not printable. To ask for that costs a fifth of looking for each such character, and it
    # is asked of every text of every entry of every poll. Of ASCII, its bytes tell it in a third of that.
    if text.isascii():
        seen = text.encode().translate(None, _ASCII_INVISIBLE)
        return (text if len(seen) == len(text) else seen.decode()).strip()
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text.strip()
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _INVISIBLE.sub("", text).strip()


def plain(text: object, *, limit: int = 0) -> str:
    """One line of plain text: tags out, entities resolved, white space folded; at most ``limit`` characters.

    Entities are resolved twice where the first pass leaves some: "AT&amp;amp;T" is a common mistake of feeds.
    A "<" before a space or digit is no tag and stays.
    """
    line = clean(text)
    if "<" in line or "&" in line:
        line = html.unescape(_HALVES.sub(_joined, _TAG.sub(" ", line)))
        if _ENTITY.search(line):
            line = html.unescape(line)
        line = clean(_TAG.sub(" ", line))
    line = " ".join(line.split())
    if limit and len(line) > limit:
        line = line[: limit - 1].rstrip() + "…"
    return line


def _joined(halves: re.Match[str]) -> str:
    high, low = int(halves[1]), int(halves[2])
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return halves[0]
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def first_words(text: str, words: int = 12) -> str:
    """The beginning of a text as a stand-in for a title: ``words`` words, or three times as many CJK ones."""
    if len(_WIDE.findall(text[:100])) > 20:
        cut = text[: words * 3]
    else:
        cut = " ".join(text[: words * 40].split()[:words])
    return cut if cut == text else cut.rstrip(" ,;:-–—") + "…"
