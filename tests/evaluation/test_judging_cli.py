"""The calibration as it is typed: the configured server is asked, and each call stands in the ledger."""

from __future__ import annotations

import asyncio
import json
import math
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.evaluation.test_judging import data
from tests.fake_llm import Reply, Request, fake_llm


def sure(body: Request, number: int) -> Reply:
    assert "If you are in doubt, No." in body["messages"][0]["content"]
    yes = 0.95 if (number - 1) % 3 == 0 else 0.4
    return Reply(text="Yes", likely={"Yes": math.log(yes), "No": math.log(1 - yes)})


@pytest.mark.slow
async def test_the_judge_is_calibrated_from_the_command_line(tmp_path: Path) -> None:
    async with fake_llm(sure) as llm:
        env = {**os.environ, "OPENAI_BASE_URL": llm.url, "OPENAI_MODEL": "m1", "DATELINE_DATA": str(tmp_path)}
        command = (
            "-m",
            "bot",
            "eval",
            "faithfulness",
            "--judge",
            "--data",
            str(data(tmp_path / "c.jsonl", 90)),
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, "--json", env=env, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
    assert process.returncode == 0
    found = json.loads(out)
    assert (found["asked"], found["failed"]) == (90, 0)
    assert 0.4 < found["threshold"] <= 0.95
    assert in_the_ledger(tmp_path) == [("judge", 90)]


def in_the_ledger(folder: Path) -> list[tuple[str, int]]:
    (database,) = folder.glob("*.db")
    with closing(sqlite3.connect(database)) as opened:
        return opened.execute("SELECT task, count(*) FROM calls GROUP BY task").fetchall()
