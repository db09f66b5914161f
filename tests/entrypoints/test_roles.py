"""``dateline run --role``: what is refused, in which words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.errors import Misconfigured
from bot.roles import ProcessRole, check
from tests.entrypoints.test_run import house


@pytest.mark.parametrize("role", [role for role in ProcessRole if role is not ProcessRole.ALL])
def test_on_sqlite_one_process_does_everything(role: ProcessRole) -> None:
    with pytest.raises(Misconfigured, match=f"--role {role} needs PostgreSQL") as caught:
        check(role, "sqlite:///data/dateline.db", posts=True, metrics="")
    assert "migrate --to" in caught.value.hint
    check(ProcessRole.ALL, "sqlite:///data/dateline.db", posts=False, metrics="127.0.0.1:0")


def test_a_chat_without_a_bot_is_refused_and_the_other_roles_are_not() -> None:
    with pytest.raises(Misconfigured, match="no bot to chat with"):
        check(ProcessRole.CHAT, "postgresql://host/name", posts=False, metrics="127.0.0.1:0")
    for role in (ProcessRole.SCHEDULER, ProcessRole.WORKER, ProcessRole.WEB, ProcessRole.ALL):
        check(role, "postgresql://host/name", posts=False, metrics="127.0.0.1:0")


def test_a_web_process_without_a_port_is_refused() -> None:
    with pytest.raises(Misconfigured, match="nowhere to listen") as caught:
        check(ProcessRole.WEB, "postgresql://host/name", posts=True, metrics="")
    assert "DATELINE_METRICS" in caught.value.hint


async def test_the_command_line_says_so_and_ends_with_2(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        code, out, err = await home.command("run", "--role", "worker")
        assert (code, out) == (2, "")
        assert "needs PostgreSQL" in err
        assert "DATELINE_DATABASE" in err
        code, _, err = await home.command("run", "--role", "wroker")
        assert code == 2
        assert "worker" in err


@pytest.mark.slow
@pytest.mark.postgres
async def test_migrate_to_moves_and_says_what_comes_next(tmp_path: Path, postgres_url: str) -> None:
    async with house(tmp_path) as home:
        await home.subscribed_long_ago()
        code, out, err = await home.command("migrate", "--to", postgres_url)
        assert (code, err) == (0, "")
        assert "counted and compared" in out
        assert "set DATELINE_DATABASE" in out
        code, _, err = await home.command("migrate", "--to", postgres_url, "--json")
        assert code == 2
        assert "holds rows already" in err
        home.env["DATELINE_DATABASE"] = postgres_url
        code, out, _ = await home.command("feeds", "list", "--json")
        assert [row["id"] for row in json.loads(out)] == ["site"]
        home.env["DATELINE_DATABASE"] = ""
        code, out, _ = await home.command("outbox", "list", "--json")
        assert json.loads(out)["paused"].startswith("moved to postgresql://")
