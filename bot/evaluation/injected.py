"""``dateline eval injected``: what the check catches of errors put into true sentences of stories."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.domain import summaries
from bot.errors import Misconfigured
from bot.evaluation.injection import KINDS, Clean, Cluster, inject, read
from bot.types import Verdict

REJECTED = 0.10
"""Share of clean sentences that may fall when the score alone decides."""
BY_SCORE = ("number_swap", "name_swap", "actor_swap", "unsupported_clause")
"""Kinds made of the articles' own words, whose bar is set at that share."""
HALVES = ("dev", "kept", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A sentence with its verdict; ``kind`` of error, or "" for a clean one."""

    kind: str
    text: str
    clean: Clean
    half: str
    verdict: Verdict


def evaluate(path: Path, half: str = "all", show: str | None = None) -> dict[str, Any]:
    """Figures of a file of stories (its form: :func:`bot.evaluation.injection.read`).

    ``kinds``: for each kind of error ``n``, the shares caught ``hard`` (a finding that no judge overrules)
    and ``any`` (not ok); ``clean`` and ``clean_kinds``: ``n`` and the shares rejected; ``languages``:
    both per language. ``at_10_percent``: ``threshold`` (the score under which a tenth of the clean sentences
    of the half ``dev`` fall), ``clean_rejected`` of this half by it, and the share of each kind of
    :data:`BY_SCORE` that falls by it, with their mean. ``ms_per_sentence``; ``stories, corrupted, half``.

    ``show`` adds ``missed``: up to 40 errors of a kind (or clean sentences rejected, for "clean"), of ``dev``
    alone. Of the half ``kept`` only totals may be known, or it is worth nothing.

    Raises:
        Misconfigured: no stories; no such half or kind; ``show`` for another half than ``dev``.
    """
    if half not in HALVES:
        raise Misconfigured(f"no such half: {half}", hint="dev, kept or all")
    if show is not None and half != "dev":
        raise Misconfigured("items are shown of the half dev alone", hint="add --half dev")
    if show is not None and show not in {*KINDS, "clean"}:
        raise Misconfigured(f"no such kind of error: {show}", hint=", ".join([*KINDS, "clean"]))
    judged, spent = judge(read(path), half)
    chosen = [one for one in judged if half in ("all", one.half)]
    found = {**_figures(chosen), "at_10_percent": _by_score(judged, chosen)}
    found |= {"ms_per_sentence": spent, "half": half}
    return found if show is None else {**found, "missed": _missed(chosen, show)}


def judge(clusters: Sequence[Cluster], half: str) -> tuple[list[Judged], float]:
    """Every sentence of the half, and the clean ones of ``dev`` for the threshold; and ms a sentence."""
    judged: list[Judged] = []
    seconds = 0.0
    for cluster in clusters:
        wanted = half in ("all", cluster.half)
        if not wanted and cluster.half != "dev":
            continue
        items = [("", one.text, one) for one in cluster.clean]
        if wanted:
            items += [(one.kind, one.text, one.clean) for one in inject(cluster, clusters)]
        for until in dict.fromkeys(item[2].until for item in items):
            now = [item for item in items if item[2].until == until]
            started = time.perf_counter()
            verdicts = summaries.check([text for _, text, _ in now], cluster.upto(until))
            seconds += time.perf_counter() - started
            judged += [
                Judged(kind=kind, text=text, clean=clean, half=cluster.half, verdict=verdict)
                for (kind, text, clean), verdict in zip(now, verdicts, strict=True)
            ]
    return judged, round(1000 * seconds / len(judged), 2) if judged else 0.0


def _figures(judged: Sequence[Judged]) -> dict[str, Any]:
    good = [one for one in judged if not one.kind]
    bad = [one for one in judged if one.kind]
    languages = sorted({one.clean.language or "other" for one in judged})
    return {
        "stories": len({one.clean.id.rpartition("/")[0] for one in judged}),
        "corrupted": len(bad),
        "kinds": {kind: _shares(mine) for kind, mine in _by(bad, "kind") if mine},
        "clean": _shares(good),
        "clean_kinds": {kind: _shares(mine) for kind, mine in _by(good, "clean")},
        "languages": {
            language: {
                "clean": _shares([one for one in good if (one.clean.language or "other") == language]),
                "corrupted": _shares([one for one in bad if (one.clean.language or "other") == language]),
            }
            for language in languages
        },
    }


def _by(judged: Iterable[Judged], what: str) -> list[tuple[str, list[Judged]]]:
    found: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        found[one.kind if what == "kind" else one.clean.kind].append(one)
    order = {kind: at for at, kind in enumerate(KINDS)}
    return sorted(found.items(), key=lambda pair: (order.get(pair[0], 99), pair[0]))


def _shares(judged: Sequence[Judged]) -> dict[str, float]:
    size = len(judged)
    hard = sum(one.verdict.hard for one in judged)
    some = sum(not one.verdict.ok for one in judged)
    return {
        "n": size,
        "hard": round(hard / size, 4) if size else 0.0,
        "any": round(some / size, 4) if size else 0.0,
    }


def _by_score(judged: Sequence[Judged], chosen: Sequence[Judged]) -> dict[str, Any]:
    """What falls by the score alone, under the threshold of the half ``dev``."""
    scores = sorted(one.verdict.score for one in judged if not one.kind and one.half == "dev")
    if not scores:
        return {"threshold": None}
    # The greatest score under which no more than a tenth of the clean sentences stand.
    threshold = scores[math.floor(REJECTED * len(scores))]
    fallen: dict[str, list[bool]] = defaultdict(list)
    for one in chosen:
        fallen[one.kind or "clean"].append(one.verdict.score < threshold)
    shares = {kind: round(sum(mine) / len(mine), 4) for kind, mine in fallen.items()}
    kinds = {kind: shares[kind] for kind in BY_SCORE if kind in shares}
    mean = round(sum(kinds.values()) / len(kinds), 4) if kinds else 0.0
    return {"threshold": threshold, "clean_rejected": shares.get("clean", 0.0), "mean": mean, **kinds}


def _missed(judged: Sequence[Judged], show: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for one in judged:
        if show == "clean" and not one.kind and not one.verdict.ok:
            why = ", ".join(f"{x.kind}{'' if x.hard else '?'}: {x.span}" for x in one.verdict.findings)
            found[one.clean.id] = {"text": one.text, "findings": why}
        elif show == one.kind and one.verdict.ok:
            found[one.clean.id] = {"text": one.text, "clean": one.clean.text}
    return dict(list(found.items())[:40])
