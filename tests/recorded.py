"""A model whose answers are on record."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from tests.fake_llm import Reply, passages

_NONCE = re.compile(r"source-[0-9a-f]{8}")


class Recorded:
    """A model whose answers are kept by what was asked: the same question gets the very same answer.

    What was never asked gets an answer that depends on how many there were before, so that two digests can
    be alike only where all that the model was asked is alike. A story is three sentences, or one where the
    instructions hold ``short``.
    """

    def __init__(self, short: str) -> None:
        self._short = short
        self.answers: dict[str, str] = {}
        self.asked = 0

    def __call__(self, body: dict[str, Any], at: int) -> Reply:
        said = _NONCE.sub("source", json.dumps(body["messages"], sort_keys=True))
        key = hashlib.sha256(said.encode()).hexdigest()
        self.asked += 1
        if key not in self.answers:
            self.answers[key] = self._new(body, at)
        return Reply(text=self.answers[key])

    def _new(self, body: dict[str, Any], at: int) -> str:
        shown = list(passages(body).items())
        turned = [*shown[at % 2 :], *shown[: at % 2]][: 1 if self._short in str(body["messages"][0]) else 3]
        lines = [{"text": text, "passages": [name]} for name, text in turned]
        words = turned[0][1].rstrip(".。").split()
        said = {"headline": " ".join(words[:14]), "sentences": lines}
        return json.dumps(said, ensure_ascii=False)
