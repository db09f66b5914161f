"""YAML as people write it who have never heard of it: names, texts, numbers, yes and no, lists.

All else that YAML knows is refused. Anchors make gigabytes of a kilobyte ("billion laughs"), tags and hostile
numbers (``!!bool x``, ``0xFFF…``, ``1:1:1:….0``) bring PyYAML's constructors down with errors of any kind,
and a text nested a thousand deep brings down whoever walks through it.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

DEEPEST = 8
"""Levels of lists and mappings; a file of ours has four at most."""
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e01ef]"
)
"""Characters that nobody sees and a model reads: control characters, marks that turn the order of the letters
around (U+202A to U+202E, U+2066 to U+2069), the invisible alphabets from U+E0000 on. Joiners (U+200C, U+200D)
and direction marks (U+200E, U+200F) are none of them: Arabic and Persian need those."""

_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]{1,15}\.[0-9]{1,15}|\.[0-9]{1,15})")
_YES_NO = re.compile(r"yes|Yes|no|No|true|True|false|False|on|On|off|Off")
_NOTHING = re.compile(r"~|null|Null|NULL|")
_YES = frozenset({"yes", "true", "on"})


class Unreadable(ValueError):
    """Why a text is no such YAML; ``line`` counts from 1, 0 where it is not known."""

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.why, self.line = why, line


def read(text: str) -> Any:
    """What stands there: dicts (of text keys), lists, texts, numbers, bools, None.

    Raises:
        Unreadable: it is no YAML, or holds what people do not write by hand.
    """
    loader = _Loader("")
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        return None if node is None else _value(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or "it cannot be read"
        raise Unreadable(f"it is not valid YAML ({why[:120]})", mark.line + 1 if mark else 0) from None
    except (OverflowError, ValueError) as error:  # "\\UFFFFFFFF", "%YAML" with a version of 5,000 digits
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("it holds a number or an escape that cannot be read", loader.line + 1) from None
    finally:
        loader.dispose()


class _Loader(yaml.SafeLoader):
    """Composes nodes, and stops at the first that is hostile: what comes behind it is never read."""

    depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise Unreadable("it may hold no YAML anchors; put a text with & or * into quotes", line)
        if getattr(event, "tag", None) is not None:
            raise Unreadable("it may hold no YAML tags; put a text with ! into quotes", line)
        if self.depth >= DEEPEST:
            raise Unreadable("it is nested too deep", line)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def _value(node: Node) -> Any:
    if isinstance(node, ScalarNode):
        return _scalar(node)
    if isinstance(node, MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode):
                raise Unreadable("a name before a colon must be a word", line)
            if key.value in found:
                raise Unreadable(f"{key.value[:40]!r} stands there twice", line)
            found[key.value] = _value(value)
        return found
    return [_value(one) for one in node.value]


def _scalar(node: ScalarNode) -> str | int | float | bool | None:
    text: str = node.value
    if seen := HIDDEN.search(text):
        raise Unreadable(f"it holds an invisible character (U+{ord(seen[0]):04X})", node.start_mark.line + 1)
    if node.style is not None:  # in quotes or in a block: a text, whatever it looks like
        return text
    if _NUMBER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _YES_NO.fullmatch(text):
        return text.casefold() in _YES
    return None if _NOTHING.fullmatch(text) else text
