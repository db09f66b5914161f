"""Headlines with capitals everywhere, as American papers have them: there a capital tells no name."""

from __future__ import annotations

import re

from bot.domain.summaries.lexicon import AUXILIARIES

_CAPITAL = re.compile(r"(?<![\w'’-])[A-Za-z][\w'’]{3,}")


def in_title_case(text: str) -> bool:
    """Whether nearly every word has a capital, as headlines of American papers have: then none tells a name."""
    words = [one[0] for one in _CAPITAL.findall(text)][1:]
    return len(words) >= TITLED and sum(one.isupper() for one in words) > 0.75 * len(words)


TITLED = 4
"""Words of four letters or more, the first left out, that tell of a headline's capitals."""
_SUFFIXED = re.compile(
    r".*(?:ing|ed|ly|ment|tion|sion|ity|ism|ness|ance|ence|ize|ise|ify|able|ible|ful|less|ous|ive|ally|ward|wide|est|ship|hood|n't|'ll|'re|'ve)s?$"
)
_PLAIN_WORDS = """
accuse act actually add aid aim alert amid answer avoid away backlash bad bail ballot ban bar battle
behind best bid big blame blast blow boost boss break brief bring burden calm case cash cause chance
chaos chief choice claim clash clear close come cool core crackdown crash crisis curb cut dare dead deal
debt deep delay demand deny dispute doctor doubt drama drop early easy edge effort enough even ever exit
eye face fact fail fair fake false family fast fault fear few fight final find fine firm first fix flag
flight flood floor focus follow force fraud free fresh front fuel full fund further gain game get giant
gift give goal good grim ground group guard gun half halt happen hard head heat heist hell help here high
history hit hold hope host hour house huge hurry idea image impulse increase inside issue jail job join
judge jump jury just keep key kill know large late law lawsuit layoff lead learn left less let lie life
light limit line little local long look loss low main make mark market mayor mean meet mess might mind
mix money month mood more most move much murder name near need never new news next note now off offer old
once only open option order other our out outrage over own page pain panel part path pay peak people
picture place plan plane play plea plenty plot point police poll pool poor post power pressure pretty
price primary probe protest push question quick quit race raise rally rare rate reach read ready real
reason record refund relief remark rescue rest restore return reveal rich right rise risk road rock role
row rule run rush safe same save scandal scene scheme second seek seeker seem sell send set shake share
shock short shot show sign site slam slow small soft some soon sorry source speech split stage stake
stall stance stand start state stay step stick still stop storm story strip strong study such suit summit
sure surge switch take talk tank target tax teen tell term test than theft then there thing think threat
tie time tiny toll top total touch tough town track trial trick truce true trust truth try turn twist
under update urge use vast very view vote voter vow wage wait walk wall want war warn watch way weak week
well when where while whistleblower white whole wide win wise word work worker world worse worst worth
wrong year yet young youth
"""
_HEADLINES = frozenset(_PLAIN_WORDS.split())
"""Everyday words of headlines that no table of synonyms has."""


def ordinary(word: str) -> bool:
    """Whether a word of a headline with capitals everywhere is no name by its looks, or by being known as a word."""
    base = word.removesuffix("s") if len(word) > 4 else word
    return (
        word in _HEADLINES
        or base in _HEADLINES
        or word in AUXILIARIES
        or (len(word) > 5 and bool(_SUFFIXED.fullmatch(word)))
        or "n't" in word
    )
