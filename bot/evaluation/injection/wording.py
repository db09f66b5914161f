"""Errors of meaning in words that mostly stand in the articles: negation, direction, certainty, scope."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.evaluation.injection import lexicon
from bot.evaluation.injection.clusters import Clean
from bot.evaluation.injection.scene import Scene, outside, shuffled, swapped

_PAST = dict(
    one.split("/")
    for one in [
        "agreed/agree",
        "began/begin",
        "bought/buy",
        "brought/bring",
        "built/build",
        "came/come",
        "cut/cut",
        "fell/fall",
        "found/find",
        "gave/give",
        "got/get",
        "grew/grow",
        "held/hold",
        "hit/hit",
        "killed/kill",
        "kept/keep",
        "left/leave",
        "lost/lose",
        "made/make",
        "met/meet",
        "paid/pay",
        "put/put",
        "reached/reach",
        "rose/rise",
        "sent/send",
        "signed/sign",
        "sold/sell",
        "struck/strike",
        "took/take",
        "voted/vote",
        "went/go",
        "won/win",
        "crossed/cross",
        "approved/approve",
        "closed/close",
        "opened/open",
        "arrived/arrive",
        "returned/return",
        "ordered/order",
        "asked/ask",
        "called/call",
        "lifted/lift",
        "allowed/allow",
        "raised/raise",
        "promised/promise",
        "offered/offer",
        "accepted/accept",
        "released/release",
        "started/start",
        "ended/end",
        "joined/join",
        "received/receive",
        "announced/announce",
        "blocked/block",
        "damaged/damage",
        "wounded/wound",
        "arrested/arrest",
        "seized/seize",
        "extended/extend",
        "suspended/suspend",
        "demanded/demand",
        "confirmed/confirm",
        "attended/attend",
        "visited/visit",
        "passed/pass",
        "backed/back",
        "launched/launch",
        "sailed/sail",
        "carried/carry",
        "filed/file",
        "ruled/rule",
        "wanted/want",
        "needed/need",
        "stopped/stop",
        "moved/move",
        "spent/spend",
        "showed/show",
        "blamed/blame",
        "warned/warn",
        "urged/urge",
        "criticised/criticise",
        "withdrew/withdraw",
        "resumed/resume",
        "published/publish",
        "handed/hand",
        "cleared/clear",
        "covered/cover",
        "served/serve",
        "caused/cause",
        "fined/fine",
        "shut/shut",
        "stood/stand",
        "became/become",
        "said/say",
        "told/tell",
        "rejected/reject",
        "added/add",
        "moved/move",
        "wrote/write",
        "saw/see",
        "led/lead",
        "drew/draw",
        "ran/run",
        "knew/know",
        "fled/flee",
        "lent/lend",
        "spoke/speak",
        "broke/break",
        "died/die",
        "fired/fire",
        "planned/plan",
        "increased/increase",
        "reduced/reduce",
        "dropped/drop",
        "delayed/delay",
        "inspected/inspect",
        "repaired/repair",
        "doubled/double",
        "exported/export",
        "imported/import",
        "hosted/host",
        "tested/test",
        "used/use",
        "turned/turn",
        "failed/fail",
        "landed/land",
        "owned/own",
        "owed/owe",
        "provided/provide",
        "delivered/deliver",
        "postponed/postpone",
        "collided/collide",
        "survived/survive",
        "worked/work",
        "lived/live",
        "trained/train",
        "gained/gain",
        "earned/earn",
        "refunded/refund",
        "supported/support",
        "opposed/oppose",
        "denied/deny",
        "complained/complain",
        "accused/accuse",
        "described/describe",
        "declared/declare",
        "expelled/expel",
        "summoned/summon",
        "charged/charge",
        "invited/invite",
        "escorted/escort",
        "followed/follow",
        "changed/change",
        "expected/expect",
        "adopted/adopt",
        "invested/invest",
        "replaced/replace",
        "removed/remove",
        "restored/restore",
        "recovered/recover",
        "included/include",
        "produced/produce",
    ]
)
_BASE = {base: past for past, base in _PAST.items()}
_AUXILIARY = re.compile(
    r"\b(will|would|is|are|was|were|has|have|had|must|should|can)(?! (?:not|no|never|to be)\b)(?= [a-z])",
    re.IGNORECASE,
)
_MAIN = re.compile(rf"(?<=[\w”\"] )({'|'.join(_PAST)})\b(?! by\b)")
_TURNED = (
    (r"\bwill not\b|\bwon[’']t\b", "will"), (r"\bwould not\b", "would"), (r"\bcannot\b|\bcan not\b|\bcan[’']t\b", "can"),
    (r"\b(is|are|was|were|has|have|had|should|must) not( yet)?\b", r"\1"), (r"\b(has|have|had) yet to be\b", r"\1 been"),
    (r"\bno longer\b", "still"), (r"\bwithout\b", "with"), (r"\brefused to\b", "agreed to"), (r"\bfailed to\b", "managed to"),
    (r"\bdenied\b", "confirmed"), (r"\bdenies\b", "confirms"), (r"\brejected\b", "accepted"), (r"\bdeclined to\b", "agreed to"),
    (r"^No (?=\w+ (?:was|has|is|had|will))", "One "), (r"^Nobody\b", "Somebody"), (r"\bunable to\b", "able to"), (r"\bnone of the\b", "all of the"),
    (r"\bnever\b", "often"), (r"\bnot (?=for|by|until|in|on|from|with|the|all|part)", ""), (r"\bhad nothing to do\b", "had much to do"),
)  # fmt: skip
_ZH_TURNED = (("不会", "会"), ("不會", "會"), ("没有", "已经"), ("沒有", "已經"), ("尚未", "已经"), ("并未", "已"), ("並未", "已"), ("否认", "承认"),
    ("否認", "承認"), ("拒绝", "同意"), ("拒絕", "同意"), ("不能", "能"), ("不再", "仍"), ("无法", "可以"), ("無法", "可以"), ("不得", "可以"), ("并非", "正是"),
    ("不是", "是"), ("未能", "成功"), ("不愿", "愿意"), ("不同意", "同意"), ("未", "已"),
    ("将会", "不会"), ("將會", "不會"), ("将", "将不"), ("將", "將不"), ("已经", "尚未"), ("已經", "尚未"), ("已", "尚未"), ("同意", "拒绝"), ("承认", "否认"), ("批准", "没有批准"),
    ("可以", "不可以"), ("必须", "不必"), ("必須", "不必"), ("允许", "不允许"), ("允許", "不允許"), ("是", "不是"), ("会", "不会"), ("會", "不會"), ("造成", "没有造成"), ("達成", "沒有達成"), ("达成", "没有达成"))  # fmt: skip
_ZH_WHOLE = re.compile(
    r"[将將会會是已未](?=[领領议議军軍来來谈談社长長员員否非经經])|[社机機议議协協国國大委开開宣都学學只就还還于於但可则則]$"
)
_AR_TURNED = (("لن ي", "سي"), ("لن ت", "ست"), ("لا ي", "ي"), ("لا ت", "ت"), ("سوف ي", "لن ي"), ("سي", "لن ي"), ("ست", "لن ت"), ("نفى", "أكد"), ("نفت", "أكدت"),
    ("رفض", "وافق على"), ("رفضت", "وافقت على"), ("وافق على", "رفض"), ("وافقت على", "رفضت"), ("أكد", "نفى"), ("أكدت", "نفت"), ("لم يعد", "لا يزال"),
    ("لا يزال", "لم يعد"), ("لا تزال", "لم تعد"), ("لم ي", "ي"), ("لم ت", "ت"), ("يمكن", "لا يمكن"), ("يجب", "لا يجب"), ("من دون", "مع"), ("بدون", "مع"),
    ("وصل", "لم يصل"), ("وصلت", "لم تصل"), ("أعلنت", "لم تعلن"), ("أعلن", "لم يعلن"), ("غادر", "لم يغادر"), ("غادرت", "لم تغادر"),
    ("بدأت", "لم تبدأ"), ("بدأ", "لم يبدأ"), ("قتل", "لم يقتل"), ("كان", "لم يكن"), ("كانت", "لم تكن"), ("أعلن", "لم يعلن"), ("عاد", "لم يعد"))  # fmt: skip
_DEEP = re.compile(r"\b(?:who|which|whether|if|than|as)\s?$|\b(?:when|how|why|where|what|whether)\b[^,]*$")
"""Before a verb whose negation would leave the sentence true, or make a riddle of it."""
_HEDGES = re.compile(
    r"\b(?:reportedly|allegedly|apparently|possibly|probably|perhaps|may|might|could|likely|expected|suspect\w*|believe\w*|consider\w*|"
    r"unconfirmed|propos\w*|plan\w*|seem\w*|appear\w*|if|would|unclear|said to|thought|estimate\w*|threat\w*|should|hop\w*)\b",
    re.IGNORECASE,
)
_CERTAIN = (
    (r"\b(?:reportedly|allegedly|apparently|possibly|probably|perhaps) ", ""), (r", (?:reportedly|allegedly|apparently|probably),", ""),
    (r"\b(?:may|might|could) (?=not\b|be\b|have\b|[a-z]{3,})", "will "), (r"\b(?:is|are) (?:expected|likely|due|set|supposed) to\b", "will"),
    (r"\b(?:was|were) expected to\b", "was certain to"), (r"\b(?:is|are) considering\b", "has decided on"), (r"\bwas considering\b", "had decided on"),
    (r"\bsuspected (?=[a-z])", ""), (r"\b(is|are|was|were) (?:believed|thought|said|reported) to\b", r"\1 proven to"), (r"\bunconfirmed\b", "confirmed"),
    (r"\bpreliminary\b", "final"), (r"\bappear(?:s|ed) to\b", "proved to"), (r"\bseem(?:s|ed) to\b", "proved to"), (r"\bproposed\b", "final"),
    (r"\bshould (?=be |[a-z]{3,})", "will "), (r"\bplans to\b|\bintends to\b|\bhopes to\b|\bwants to\b", "is certain to"), (r"\bplan to\b|\bhope to\b|\bwant to\b", "are certain to"),
    (r"\bclaim(?:s|ed) that\b", "proved that"), (r"\ban estimated\b", "exactly"), (r"\bin principle\b", "finally"),
    (r"\bthreatened to\b", "decided to"), (r"\balleged\b", "proven"), (r"\bif (?:it is |they are )?approved\b", "as approved"), (r"\bunclear\b", "clear"),
)  # fmt: skip
_SCOPE = (
    (r"\b[Ss]ome(?= (?:of (?!\d)|[a-z]+(?:s|men|people)\b)(?!\d))", "all"), (r"(?<!as )(?<!so )\b(?:[Ss]everal|[Mm]any|[Mm]ost|[Aa] few)(?: of)?(?= [a-z]+s\b)(?! as\b)", "all"),
    (r"\b(?:[Aa]bout|[Nn]early|[Aa]lmost|[Aa]round|[Jj]ust over|[Jj]ust under|[Mm]ore than|[Ll]ess than|[Rr]oughly|[Ss]ome) (?:half|a third|a quarter|two thirds|three quarters)(?: of)?(?= (?!per|as|more|less|in|a ))", "all of"),
    (r"\b(?<!and a )(?<!a )[Hh]alf(?: of(?= ))?(?= (?:the|its|their|which|them|whom)\b)", "all of"), (r"\b(?:part|parts) of\b", "all of"), (r"\bpartly\b", "entirely"), (r"\bpartial(ly)?\b", r"complete\1"),
    (r"\bmainly\b|\bmostly\b|\blargely\b", "exclusively"), (r"\btemporary\b", "permanent"), (r"\btemporarily\b", "permanently"), (r"\bat least (?=[$\d])", "at most "), (r"\bmore than (?=[$\d])", "fewer than "),
    (r"\bup to (?=[$\d])", "at least "), (r"\bless than (?=[$\d])|\bfewer than (?=\d)|\bunder (?=[$\d])", "more than "), (r"\bover (?=[$\d])", "under "), (r"\bonly\b", "not only"),
    (r"\b[Aa]ll(?: of)? (?=the|its|their|[a-z]+s\b)", "none of "), (r"\b[Ee]very (?=[a-z])", "hardly any "), (r"\b[Oo]ne of the (?=[a-z]+(?: [a-z]+)? (?:said|was|is|had|has)\b)", "each of the "),
    (r"\bthe (?:first|only) (?=[a-z])", "the third "), (r"\bboth (?=[a-z])", "neither of the "), (r"\btwo thirds of\b|\ba third of\b|\ba quarter of\b", "all of"),
    (r"\bfor (?:one|a) (year|month|week)\b", r"for ever"), (r"\ba (?:small )?number of\b", "all"), (r"\bother\b(?= [a-z]+s\b)", "all other"), (r"\bhardly any\b|\bfew\b", "all"),
)  # fmt: skip


def negation(clean: Clean, scene: Scene) -> Iterator[str]:
    """A negation put in or taken out."""
    makers = {"en": _english_negation, "zh": _chinese_negation, "ar": _arabic_negation}
    for text in makers[clean.language](clean.text):
        if not scene.has(text):
            yield text


def _english_negation(text: str) -> Iterator[str]:
    for pattern, new in _TURNED:
        yield from _one(text, pattern, new)
    for match in re.finditer(r"\bdid not ([a-z]+)\b", text):
        if match[1] in _BASE and outside(text, match.start()):
            yield swapped(text, match.start(), match.end(), _BASE[match[1]])
    if re.search(r"\b(?:not|no|never|neither|nor|nobody|nothing)\b|n[’']t\b", text):
        return  # a second negation makes a riddle, not an error
    for match in _AUXILIARY.finditer(text):
        if outside(text, match.start()) and not _DEEP.search(text[: match.start()]):
            yield swapped(text, match.start(), match.end(), f"{match[0]} not")
    for match in _MAIN.finditer(text):
        before = text[: match.start()].rsplit(maxsplit=1)[-1].casefold()
        passive = {
            "was",
            "were",
            "is",
            "are",
            "be",
            "been",
            "being",
            "has",
            "have",
            "had",
            "and",
            "by",
            "the",
            "a",
            "to",
            "of",
            "will",
            "not",
            "its",
        }
        after = re.match(r"(?: [a-z]|,| [A-Z\d$])", text[match.end() :])
        if before not in passive and before[-1].isalnum() and after and outside(text, match.start()):
            yield swapped(text, match.start(), match.end(), f"did not {_PAST[match[1]]}")


def _chinese_negation(text: str) -> Iterator[str]:
    for old, new in _ZH_TURNED:
        for match in re.finditer(old, text):
            before = text[: match.start()]
            whole = len(old) == 1 and (
                _ZH_WHOLE.search(before) or _ZH_WHOLE.match(text[match.start() : match.start() + 2])
            )
            denied = old[0] not in "不没沒未尚并並无無否拒" and re.search(r"[不没沒未无無]$", before)
            if outside(text, match.start()) and not whole and not denied:
                yield swapped(text, match.start(), match.end(), new)


def _arabic_negation(text: str) -> Iterator[str]:
    for old, new in _AR_TURNED:
        # "سي" and "لن ي" are the beginnings of verbs; all others are whole words.
        begins = old[-1] in "يت" and (len(old) == 2 or old[-2] == " ")
        tail = r"(?=[\u0620-\u064a]{3})(?!اس|وف|د)" if begins else r"(?![\u0620-\u064a])"
        if begins and len(old) == 2:
            tail = r"(?=[\u0620-\u064a]{3,5}\b)(?!ارة|اسة|اسي|ة|د|ف|طر)"
        for match in re.finditer(rf"(?<![\u0620-\u064a])(و?){old}{tail}", text):
            if outside(text, match.start()):
                yield swapped(text, match.start(1), match.end(), match[1] + new)


def direction(clean: Clean, scene: Scene) -> Iterator[str]:
    """Its opposite for a word of movement, size or side (rose, fell), where no article tells it so."""
    text = clean.text
    if clean.language == "en":
        for old, new in shuffled((*lexicon.DIRECTIONS, *lexicon.DIRECTIONS_ONE_WAY), clean.id, "direction"):
            for made in _one(text, rf"(?<![\w-]){old}(?![\w-])", new):
                if not scene.told(text.replace(old, ""), new):
                    yield made
        return
    pairs = lexicon.ZH_DIRECTIONS if clean.language == "zh" else lexicon.AR_DIRECTIONS
    edge = "" if clean.language == "zh" else r"(?![\u0620-\u064a])"
    for old, new in shuffled(pairs, clean.id, "direction"):
        front = "" if clean.language == "zh" else r"(?<![\u0620-\u064a])"
        for made in _one(text, f"{front}{old}{edge}", new):
            if not scene.told(text.replace(old, ""), new):
                yield made


def certainty(clean: Clean, scene: Scene) -> Iterator[str]:
    """Said to be certain what the articles only hold for possible, likely, planned or alleged."""
    for pattern, new in _CERTAIN:
        for made in _one(clean.text, pattern, new):
            if not _plainly(made, scene):
                yield made


def _plainly(text: str, scene: Scene) -> bool:
    """Whether a sentence of the articles tells it without a hedge."""
    return any(scene.told_by(text, unit) and not _HEDGES.search(unit[0]) for unit in scene.units)


def scope(clean: Clean, scene: Scene) -> Iterator[str]:
    """All for some, at most for at least, for ever for a while."""
    for pattern, new in _SCOPE:
        yield from _one(clean.text, pattern, new)


def _one(text: str, pattern: str, new: str) -> Iterable[str]:
    """The text with one place of the pattern changed, for each place outside of quotations."""
    for match in re.finditer(pattern, text):
        if outside(text, match.start()):
            put = match.expand(new)
            if match[0][:1].isupper() and put:
                put = put[0].upper() + put[1:]
            made = swapped(text, match.start(), match.end(), put)
            yield made[:1].upper() + made[1:] if match.start() == 0 else made
