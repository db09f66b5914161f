"""What a summarizer may see of a story, the summary without a model, and the check of a model's answer.

``brief`` selects, ``extract`` tells in the sources' own sentences, ``frame`` and ``accept`` stand before
and behind a model, ``check`` holds a sentence against full texts.
"""

from bot.domain.summaries.check import check
from bot.domain.summaries.extract import extract
from bot.domain.summaries.frame import Draft, DraftSentence, Message, accept, again, frame, schema
from bot.domain.summaries.known import Known, Memory, amounts
from bot.domain.summaries.select import brief

__all__ = [
    "Draft",
    "DraftSentence",
    "Known",
    "Memory",
    "Message",
    "accept",
    "again",
    "amounts",
    "brief",
    "check",
    "extract",
    "frame",
    "schema",
]
