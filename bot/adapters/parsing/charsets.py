"""Bytes of a feed -> text, whatever its declarations claim.

In this order, because of how often each is right: a byte order mark; the pattern of NUL bytes of UTF-16;
UTF-8, if the bytes are that (other charsets hardly ever look like it by chance); the XML declaration, which
the generator writes; the HTTP header, which often is a server's default; the Windows charset of the feed's
language.
"""

from __future__ import annotations

import codecs
import re

LOST = "\ufffd"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_XML_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([\w.:-]{1,40})""", re.IGNORECASE)
_HTTP_DECLARED = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
# As browsers read them: the larger charset of the same family (WHATWG Encoding Standard, "names and labels").
_LARGER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_LANGUAGE = re.compile(rb"""(?:<(?:dc:)?language>\s*|xml:lang\s*=\s*["'])([A-Za-z]{2})""")
_WINDOWS = {
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "sr"), "cp1251"),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "ro", "hr", "sl"), "cp1250"),
    **dict.fromkeys(("ar", "fa", "ur"), "cp1256"),
    "el": "cp1253",
    "tr": "cp1254",
    "he": "cp1255",
    "zh": "gb18030",
    "ja": "cp932",
    "ko": "cp949",
    "th": "cp874",
}
# Codecs of Python that are no charsets of documents; punycode takes quadratic time.
_REFUSED = ("utf-16", "utf-32", "utf-8", "utf-7", "idna", "punycode", "undefined", "mbcs", "oem")
_ESCAPED = ("iso2022", "hz")  # seven-bit charsets: their bytes are valid ASCII, and so valid UTF-8


def decode(body: bytes, content_type: str) -> tuple[str, str]:
    """The text, and a note when a declaration was wrong or characters were lost ("" otherwise)."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return _replaced(body[len(mark) :], name)
    if wide := _wide(body):
        return _replaced(body, wide)
    named = [name for name in (_xml_charset(body), _http_charset(content_type)) if name]
    for name in named:
        if name.startswith(_ESCAPED):
            return _replaced(body, name)
    text, note = _replaced(body, "utf-8")
    if not note or _mostly_utf8(body, text):
        return text, note
    for name in named:
        try:
            return body.decode(name), ""
        except UnicodeError:
            continue
    fallback = named[0] if named else _by_language(body)
    text, note = _replaced(body, fallback)
    return text, note or f"charset guessed: {fallback}"


def _replaced(body: bytes, name: str) -> tuple[str, str]:
    # Not final: a character that the end of the body cuts in two is left out, not marked as wrong.
    decoder = codecs.getincrementaldecoder(name)
    try:
        return decoder("strict").decode(body), ""  # it may hold U+FFFD of its own: no sign of anything
    except UnicodeError:
        text = decoder("replace").decode(body)
    return text, f"{text.count(LOST)} characters not valid {name}"


def _wide(body: bytes) -> str:
    """UTF-16 or UTF-32 without a mark, told by where the NUL bytes of the first ASCII characters stand."""
    start = body[:256]
    if len(start) < 8 or b"\0" not in start:
        return ""
    zeros = [start[position::4].count(0) / len(start[position::4]) for position in range(4)]
    high = [share > 0.7 for share in zeros]
    patterns = {
        (False, True, False, True): "utf-16-le",
        (True, False, True, False): "utf-16-be",
        (False, True, True, True): "utf-32-le",
        (True, True, True, False): "utf-32-be",
    }
    return patterns.get((high[0], high[1], high[2], high[3]), "")


def _mostly_utf8(body: bytes, text: str) -> bool:
    """Whether a body that is not valid UTF-8 is meant to be: under a tenth of its high bytes are wrong."""
    high = len(body) - len(body.translate(None, bytes(range(128, 256))))
    return high >= 20 and text.count(LOST) * 10 < high


def _by_language(body: bytes) -> str:
    found = _LANGUAGE.search(body[:4096])
    return _WINDOWS.get(found[1].decode().lower(), "cp1252") if found else "cp1252"


def _xml_charset(body: bytes) -> str:
    found = _XML_DECLARED.search(body[:2048])
    return _usable(found[1].decode("ascii", "replace")) if found else ""


def _http_charset(content_type: str) -> str:
    found = _HTTP_DECLARED.search(content_type)
    return _usable(found[1]) if found else ""


def _usable(label: str) -> str:
    """Python's name of the charset, "" for one that it does not have or that cannot be meant."""
    try:
        info = codecs.lookup(label)
    except LookupError:
        return ""
    name = info.name.lower()
    text_codec = getattr(info, "_is_text_encoding", True)
    if not text_codec or name.startswith(_REFUSED) or "escape" in name or name == "charmap":
        return ""
    return _LARGER.get(name, name)
