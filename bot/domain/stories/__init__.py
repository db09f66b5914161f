"""Articles → stories: which article tells which event, how important it is, and how it went on.

words.py      how telling a word is          features.py  an article as grouping sees it
search.py     where to look                  open.py      a story that still takes articles
index.py      the decision, and the corrections         ranking.py, tracking.py  what readers are told of it
"""

from bot.domain.stories.features import Vector, meaning, passages
from bot.domain.stories.index import Incoming, Index, Placed, threshold
from bot.domain.stories.open import voice
from bot.domain.stories.ranking import HALF_LIFE, rank
from bot.domain.stories.words import Counts

__all__ = [
    "HALF_LIFE",
    "Counts",
    "Incoming",
    "Index",
    "Placed",
    "Vector",
    "meaning",
    "passages",
    "rank",
    "threshold",
    "voice",
]
