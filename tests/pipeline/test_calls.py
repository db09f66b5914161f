"""How often a model is asked: calls per delivered story where it errs, and for what was told before."""

from __future__ import annotations

import json
import logging
import re
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.pipeline import plan
from bot.pipeline.compose import demand
from bot.types import DeliveryState
from tests.fake_llm import copying, fake_llm
from tests.pipeline.newsroom import NOW, newsroom
from tests.pipeline.test_model import ENGLISH, items, ledger, through_a_day

log = logging.getLogger("dateline.tests")

LIE = ", and 9,412 of them were seen in Springfield"


class Erring:
    """Copies, with a lie in this share of its lines; asked again, it mends seven of ten of those.

    Which lines, a hash of their text decides: the same on each machine, whatever is asked first. Of the
    sample stories' lines 0.05 hits a tenth.
    """

    def __init__(self, share: float) -> None:
        self.share = share
        self.lines = self.lies = 0

    def __call__(self, body: dict[str, Any], _: int) -> str:
        if len(body["messages"]) > 2:
            return self._repair(body["messages"][2]["content"], body["messages"][3]["content"])
        said = json.loads(copying(body))
        said["headline"] = self._told(said["headline"])
        for line in said["sentences"]:
            line["text"] = self._told(line["text"])
        return json.dumps(said, ensure_ascii=False)

    def _told(self, text: str) -> str:
        self.lines += 1
        if zlib.crc32(text.encode()) % 1000 >= 1000 * self.share:
            return text
        self.lies += 1
        return text.rstrip(".") + LIE + "."

    @staticmethod
    def _repair(answered: str, advice: str) -> str:
        lines = dict(re.findall(r"(?m)^(headline|s\d+): (.*)$", answered))
        faults = re.findall(r"(?m)^(headline|s\d+): ", advice)
        mended = []
        for ident in faults:
            stays = zlib.crc32(lines[ident].encode()) % 10 >= 7
            text = lines[ident] if stays else lines[ident].replace(LIE, "")
            mended.append({"id": ident, "text": text, "passages": []})
        return json.dumps({"lines": mended}, ensure_ascii=False)


async def figures(home: Path, share: float) -> dict[str, float]:
    """A day of twelve digests with a model that errs in this share of lines."""
    slots = [NOW + timedelta(hours=2 * number, minutes=90) for number in range(12)]
    times = [f"{slot:%H:%M}" for slot in slots]
    model = Erring(share)
    async with (
        fake_llm(model) as llm,
        newsroom(home, outlets=ENGLISH, articles=[], digest={"times": times}) as room,
        room.app(model=llm.url) as app,
    ):
        for slot, news in zip(slots, through_a_day(slots), strict=True):
            room.server.articles = (*room.server.articles, *news)
            for minutes in (-10, 0, 10, 30, 70):
                at = slot + timedelta(minutes=minutes, seconds=5)
                room.clock.move((at - room.clock.now()).total_seconds())
                await app.runner.put(await plan(app.deps))
                await app.runner.idle()
        calls = await ledger(app)
        async with app.deps.store.begin() as tx:
            told = sum(one["items"] for one in await tx.editions(100))
            assert all(one.state is DeliveryState.SENT for one in await tx.deliveries(None, 500))
        first = items(await demand(app.deps))
        before = await ledger(app)
        again = items(await demand(app.deps))
        repeated = await ledger(app) - before
    assert [one.summary.headline for one in again] == [one.summary.headline for one in first]
    assert "Springfield" not in "\n".join(room.chat())
    return {
        "share": share,
        "lies": round(model.lies / model.lines, 3),
        "stories": told,
        "calls": calls,
        "a_story": round(calls / told, 2),
        "repeated": repeated,
    }


@pytest.mark.slow
@pytest.mark.parametrize(("share", "most"), [(0.0, 1.1), (0.05, 1.5)])
async def test_a_delivered_story_costs_few_calls_and_a_repeated_one_none(
    tmp_path: Path, share: float, most: float
) -> None:
    found = await figures(tmp_path, share)
    log.info("calls %s", json.dumps(found))
    assert found["stories"] > 20
    assert found["a_story"] <= most
    assert found["repeated"] == 0
