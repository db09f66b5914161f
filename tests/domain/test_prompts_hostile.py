"""A thousand generated templates and a list of attacks: none crashes, hangs or takes more than 64 MB.

The attacks are those that a sandboxed template language did not stop (two nested loops of 99,999,
``'x' * 10**10``, ``center(10**10)``, ``%0999999999d``), and what YAML, regular expressions and Unicode allow
beside them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.domain.hostile_prompts import ATTACKS, whole

KEYS = ("name", "description", "task", "variables", "model", "temperature", "max_output_tokens", "samples")
ROOT = Path(__file__).parents[2]
GENERATED = 1000
MOST_MEMORY = 64.0  # MB over what the process took before
MOST_CPU = 5.0  # seconds for one template; the slowest takes half a second

keys = st.sampled_from([*KEYS, "modle", "7", "a b", "<<"])
values = st.one_of(
    st.sampled_from(
        ["story", "judge", "update", "default", "[language]", "[a, [b, [c]]]", "{a: {b: c}}", "&a [1]", "*a"]
    ),
    st.sampled_from(
        ["!!int x", "!!python/name:os.system", "0xFF", "1:30:00", ".inf", "2026-13-99", "|", ">-", "?"]
    ),
    st.integers(-(10**30), 10**30).map(str),
    st.floats().map(str),
    st.text(max_size=40),
    st.text("[]{}:,-&*!|>'\"%@` \t\n#?~", max_size=60),
)
lines = st.builds("{}{}: {}".format, st.sampled_from(["", "", "", "  ", "- ", "? ", "\t"]), keys, values)
fronts = st.one_of(
    lines.flatmap(lambda first: st.lists(lines, max_size=9).map(lambda more: "\n".join([first, *more]))),
    st.lists(lines, max_size=5).map(lambda more: "\n".join(["name: story", "task: story", *more])),
    st.text(max_size=200),
)
pieces = st.one_of(
    st.sampled_from(
        [
            "{{ language }}",
            "{{max_sentences}}",
            "{{ topic }}",
            "{{ house_style }}",
            "{{ since }}",
            "{{ langauge }}",
        ]
    ),
    st.sampled_from(
        ["{{", "}}", "{", "}", "{%", "%}", "{#", "{{{{", "}}}}", "{{ {{", "|", "__class__", "**", "\n"]
    ),
    st.sampled_from(["{{ 'x'*10**9 }}", "{% for a in b %}", "{{ language.__class__ }}", "${x}", "%s", "{0}"]),
    st.text(max_size=40),
    st.text("{} \t\n_a", max_size=80),
)
bodies = st.one_of(
    st.lists(pieces, max_size=30).map(" ".join),
    st.lists(pieces, max_size=30).map("".join),
    st.tuples(pieces, st.integers(1, 3000)).map(lambda both: both[0] * both[1]),
    st.lists(pieces, max_size=9).map(
        lambda some: "Write in {{ language }}, at most {{ max_sentences }} sentences." + "".join(some)
    ),
)
harmless = st.one_of(
    st.sampled_from(["{{ language }}", "{{max_sentences}}", "{{ topic }}", "\n", "{", "}", "- ", "# "]),
    st.text(st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="{}"), max_size=60),
)
good = st.lists(harmless, max_size=20).map(
    lambda some: " ".join(["Write in {{ language }}, at most {{ max_sentences }} sentences.", *some])
)
templates = st.one_of(
    st.builds(whole, st.just("name: story\ntask: story"), good),
    st.builds(whole, fronts, bodies),
    st.builds(whole, st.just("name: story\ntask: story"), bodies),
    st.builds("{}{}".format, st.sampled_from(["", "---", "---\n", "\ufeff---\n", "--- \t\r\n"]), bodies),
    st.text(max_size=400),
)


def generated() -> list[str]:
    """A thousand templates, others in each run."""
    found: list[str] = []

    @settings(
        max_examples=GENERATED,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(templates)
    def gather(text: str) -> None:
        found.append(text)

    gather()
    return found


def test_no_template_crashes_hangs_or_takes_more_than_64_mb() -> None:
    further = generated()
    assert len(further) >= GENERATED
    done = subprocess.run(
        [sys.executable, "-m", "tests.domain.hostile_prompts"],
        input=json.dumps(further),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    last = told[-1]["name"] if told else "none"
    text = further[int(last.split()[1])] if last.startswith("generated ") else ""
    assert done.returncode == 0, (last, text, done.stderr[-2000:])
    rows = [one for one in told if "what" in one]
    assert len(rows) == len(ATTACKS) + len(further)
    assert [one for one in rows if one["cpu"] > MOST_CPU] == []
    assert max(one["grown"] for one in rows) <= MOST_MEMORY
    # Files of ten megabytes show in the figure: it is measured. And both ends were seen.
    assert max(one["grown"] for one in rows) > 5
    assert {one["what"] for one in rows if one["name"].startswith("generated")} == {"prompt", "misconfigured"}
    print(
        json.dumps(
            {
                "templates": len(rows),
                "prompts": sum(one["what"] == "prompt" for one in rows),
                "most_cpu_s": max(one["cpu"] for one in rows),
                "most_mb": max(one["grown"] for one in rows),
            }
        )
    )
