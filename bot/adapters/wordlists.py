"""How usual words are, from the package ``wordfreq`` where it is installed (its data: CC BY-SA 4.0).

Nothing of the data is kept or shipped: it is read from the installed package while the bot runs.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from bot.domain import terms

_MODULE = "wordfreq"


def installed() -> bool:
    """Whether there are word lists at all."""
    return importlib.util.find_spec(_MODULE) is not None


@lru_cache(maxsize=32)
def usual(language: str) -> Mapping[str, float]:
    """Stem → its share of running words, for those above one in a million; empty for unknown languages."""
    if not installed():
        return {}
    try:
        listed: Mapping[str, float] = importlib.import_module(_MODULE).get_frequency_dict(language, "small")
    except LookupError:
        return {}
    found: dict[str, float] = defaultdict(float)
    for word, share in listed.items():
        for stem in terms.words(word):
            found[stem] += share
    return dict(found)
