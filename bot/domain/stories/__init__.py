"""Articles → stories: which article tells which event, how important it is, and how it went on.

words.py      how telling a word is        features.py  an article as grouping sees it
search.py     where to look                open.py      a story that still takes articles
judging.py    the decision, in numbers     index.py     placing, merging, splitting
tracking.py   how it went on              explaining.py  the decision told again
"""

from bot.domain.stories.explaining import Explanation, explain
from bot.domain.stories.features import Incoming, Placed, Vector, ease, meaning, passages
from bot.domain.stories.index import Index
from bot.domain.stories.open import voice
from bot.domain.stories.tracking import Moment, Phase, phase, phase_at, timeline
from bot.domain.stories.words import Counts

__all__ = [
    "Counts",
    "Explanation",
    "Incoming",
    "Index",
    "Moment",
    "Phase",
    "Placed",
    "Vector",
    "ease",
    "explain",
    "meaning",
    "passages",
    "phase",
    "phase_at",
    "timeline",
    "voice",
]
