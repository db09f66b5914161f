"""A bot that goes the whole path once and may be killed with SIGKILL on the way: run by test_faults.py.

``python -m tests.pipeline.path_kill`` imports everything once and then forks a bot for each line of JSON on
its standard input: settings (as the environment names them), port (of the sample server), at (ISO time), and
step and nth where it is to die. It answers with two lines: the bot's process id, and its return code when it
has ended.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from dataclasses import replace
from datetime import datetime
from typing import Any, NoReturn

from bot.adapters.clock import VirtualClock
from bot.adapters.runner_local import LocalRunner
from bot.app import open_app
from bot.demo.chaos.life import Fate, MortalChannel, MortalStore
from bot.demo.show import SampleNames
from bot.pipeline import STEPS
from bot.settings import Settings
from bot.wiring import rules_of


async def _live(order: dict[str, Any]) -> None:
    settings = Settings.model_validate(order["settings"])
    async with open_app(
        settings,
        clock=VirtualClock(datetime.fromisoformat(order["at"])),
        resolver=SampleNames(order["port"]),
        rules=replace(rules_of(settings), first_import_news=100),
        use_model=False,
    ) as app:
        fate = Fate()
        if order.get("step"):
            fate.add([{"step": order["step"], "nth": order["nth"], "then": "die"}])
        channels = {name: MortalChannel(one, fate) for name, one in app.deps.channels.items()}
        deps = replace(app.deps, store=MortalStore(app.deps.store, fate), channels=channels)
        mortal = replace(app, deps=deps, runner=LocalRunner(deps, STEPS, deps.clock))
        if order.get("step"):
            await mortal.keep_house()
        await mortal.work("poll", "read", "place", "compose", "send")
        if mortal.runner.failed:
            raise RuntimeError("a step failed")


def _child(order: dict[str, Any]) -> NoReturn:
    try:
        asyncio.run(_live(order))
    except Exception as error:  # noqa: BLE001 - reported by the return code; the parent must go on
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        os._exit(1)
    os._exit(0)


def main() -> None:
    """Fork a bot per line until standard input ends."""
    gc.freeze()  # what was imported is not looked at, and so not copied, in each child
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _child(json.loads(line))
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
