"""Errors put into true sentences of stories, so that what the check catches can be counted.

``read`` gives stories, ``inject`` the false sentences that can be made of the true ones of a story. Every
choice is by hashes of ids: the same file gives the same sentences on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.evaluation.injection import additions, people, values, wording
from bot.evaluation.injection.clusters import VERBATIM, Clean, Cluster, Half, read, taken, titled
from bot.evaluation.injection.scene import Scene, shuffled, squeezed

__all__ = ["KINDS", "VERBATIM", "Clean", "Cluster", "Corrupted", "Half", "Scene", "inject", "read"]

Corruption = Callable[[Clean, Scene], Iterator[str]]
OTHERS = 12
"""Other stories that clauses are borrowed from."""
ACTORS = 6
"""Sentences and titles of a story's articles in which the actors are exchanged."""
FORMS = 2
"""Of one such sentence: the actors exchanged, or the verb made passive."""
_ALL = ("en", "zh", "ar")
KINDS: Mapping[str, tuple[Corruption, Sequence[str]]] = {
    "new_number": (values.new_number, _ALL),
    "new_name": (people.new_name, _ALL),
    "new_date": (values.new_date, _ALL),
    "new_quotation": (additions.new_quotation, _ALL),
    "changed_quotation": (additions.changed_quotation, _ALL),
    "number_swap": (values.number_swap, _ALL),
    "name_swap": (people.name_swap, _ALL),
    "actor_swap": (people.actor_swap, ("en",)),
    "unsupported_clause": (additions.unsupported_clause, ("en",)),
    "negation": (wording.negation, _ALL),
    "direction": (wording.direction, _ALL),
    "place": (people.place, _ALL),
    "office": (people.office, _ALL),
    "certainty": (wording.certainty, ("en",)),
    "scope": (wording.scope, ("en",)),
    "cause": (additions.cause, ("en",)),
    "superseded": (values.superseded, _ALL),
    "wrong_speaker": (people.wrong_speaker, _ALL),
}
"""Kind of error: what makes it, in which languages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrupted:
    """A false sentence, and the true one it was made of."""

    kind: str
    text: str
    clean: Clean


def inject(cluster: Cluster, clusters: Sequence[Cluster]) -> Iterator[Corrupted]:
    """For each true sentence of a story and each kind the first error that can be made and is false for sure.

    ``clusters`` are all stories: clauses that nothing supports are borrowed from others of the same topic.
    """
    others = [one for one in clusters if one.id != cluster.id and one.topic == cluster.topic]
    lent = shuffled(others, cluster.id, "others")[:OTHERS]
    scenes: dict[object, Scene] = {}
    for clean in cluster.clean:
        scene = scenes.setdefault(clean.until, Scene(cluster, clean, lent))
        for kind, (make, languages) in KINDS.items():
            if clean.language not in languages:
                continue
            made = next((one for one in make(clean, scene) if _differs(one, clean, scene)), None)
            if made is not None:
                yield Corrupted(kind=kind, text=re.sub(r"  +", " ", made), clean=clean)
    yield from _actors(cluster)


def _actors(cluster: Cluster) -> Iterator[Corrupted]:
    """Exchanged actors in the articles' own sentences: of an editor's, few have two that act on each other."""
    found = 0
    own = {one.text for one in cluster.clean}
    told = (*taken(cluster.id, cluster.sources, 99), *titled(cluster.id, cluster.sources))
    for clean in shuffled(told, cluster.id, "actors"):
        if clean.language != "en" or clean.text in own or found == ACTORS:
            continue
        scene = Scene(cluster, clean, ())
        made = [one for one in people.actor_swap(clean, scene) if _differs(one, clean, scene)][:FORMS]
        found += bool(made)
        for text in made:
            yield Corrupted(kind="actor_swap", text=text, clean=clean)


def _differs(text: str, clean: Clean, scene: Scene) -> bool:
    return squeezed(text) != squeezed(clean.text) and not scene.has(text)
