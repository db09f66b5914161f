"""What a summarizer may see of a story, the summary without a model, and the check of a model's answer.

``brief`` selects, ``extract`` tells in the sources' own sentences, ``frame`` stands before a model,
``assess``, ``mend`` and ``accept`` behind it, ``check`` holds a sentence against full texts. ``translation``
does the same for a summary in another language.
"""

from bot.domain.summaries.answers import (
    Checked,
    Draft,
    DraftSentence,
    Message,
    accept,
    assess,
    mend,
    question,
)
from bot.domain.summaries.check import check
from bot.domain.summaries.extract import blank, extract
from bot.domain.summaries.frame import again, frame, repair_schema, schema
from bot.domain.summaries.known import Known, Memory, amounts
from bot.domain.summaries.overview import openings, overview
from bot.domain.summaries.select import brief, to_machines

__all__ = [
    "Checked",
    "Draft",
    "DraftSentence",
    "Known",
    "Memory",
    "Message",
    "accept",
    "again",
    "amounts",
    "assess",
    "blank",
    "brief",
    "check",
    "extract",
    "frame",
    "mend",
    "openings",
    "overview",
    "question",
    "repair_schema",
    "schema",
    "to_machines",
]
