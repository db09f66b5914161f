"""An invented digest for the golden files, in three languages: every label, and text that misbehaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from bot.adapters.catalogues import Catalogues
from bot.domain.cards import StoryView
from bot.domain.stories import Moment, Phase
from bot.domain.wording import Wording
from bot.errors import Code
from bot.types import (
    ArticleId,
    CanonicalUrl,
    Coverage,
    Digest,
    Item,
    Length,
    Method,
    Outlet,
    OutletId,
    Placement,
    PlacementKind,
    Proof,
    Section,
    Sentence,
    Slot,
    Source,
    Story,
    StoryId,
    SubscriptionId,
    Summary,
    TopicMatch,
    TopicSlug,
)

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

TEXTS = {
    "en": {
        "topics": ("Syria", "US-China", "Indo-Pacific"),
        "bridge": "Ferry bridge at Deir Hafir reopens to lorries after a year of repairs",
        "bridge_1": "The bridge over the river at Deir Hafir carried its first lorries on Sunday.",
        "bridge_2": "Engineers from two ministries had replaced four of its eleven spans.",
        "bridge_3": "Traders in the town said that the detour had cost them “six hours each way”.",
        "wheat": "Wheat price council meets for the second time this week",
        "wheat_1": "The council raised the purchase price to 450 dollars a tonne.",
        "chips": "Washington and Beijing extend talks on chip export licences until 12 December",
        "chips_1": "Both sides agreed to keep the present licences in force while they talk.",
        "chips_2": "A third round is to be held in Geneva.",
        "strait": "Two coast guards run a joint search in the strait",
        "strait_1": "Boats of both services looked for a missing trawler with nine people on board.",
    },
    "zh": {
        "topics": ("叙利亚", "中美关系", "印太地区"),
        "bridge": "代尔哈菲尔渡口大桥修缮一年后对货车重新开放",
        "bridge_1": "代尔哈菲尔的跨河大桥周日迎来首批货车。",
        "bridge_2": "两个部门的工程师更换了十一个桥跨中的四个。",
        "bridge_3": "当地商人说，绕行曾让他们“单程多花六小时”。",
        "wheat": "小麦定价委员会本周第二次开会",
        "wheat_1": "委员会将收购价提高到每吨450美元。",
        "chips": "华盛顿与北京将芯片出口许可谈判延长至12月12日",
        "chips_1": "双方同意在谈判期间维持现有许可有效。",
        "chips_2": "第三轮谈判将在日内瓦举行。",
    },
    "zh-Hant": {
        "topics": ("敘利亞", "中美關係", "印太地區"),
        "bridge": "代爾哈菲爾渡口大橋修繕一年後對貨車重新開放",
        "bridge_1": "代爾哈菲爾的跨河大橋週日迎來首批貨車。",
        "bridge_2": "兩個部門的工程師更換了十一個橋跨中的四個。",
        "bridge_3": "當地商人說，繞行曾讓他們“單程多花六小時”。",
        "wheat": "小麥定價委員會本週第二次開會",
        "wheat_1": "委員會將收購價提高到每噸450美元。",
        "chips": "華盛頓與北京將晶片出口許可談判延長至12月12日",
        "chips_1": "雙方同意在談判期間維持現有許可有效。",
        "chips_2": "第三輪談判將在日內瓦舉行。",
    },
    "ar": {
        "topics": ("سوريا", "الولايات المتحدة والصين", "المحيطان الهندي والهادئ"),
        "bridge": "جسر دير حافر يُفتح أمام الشاحنات بعد عام من الإصلاح",
        "bridge_1": "عبرت أولى الشاحنات الجسر المقام على النهر في دير حافر يوم الأحد.",
        "bridge_2": "واستبدل مهندسون من وزارتين أربعة من أقسامه الأحد عشر.",
        "bridge_3": "وقال تجار البلدة إن الطريق البديل كلّفهم «ست ساعات في كل اتجاه».",
        "wheat": "مجلس تسعير القمح يجتمع للمرة الثانية هذا الأسبوع",
        "wheat_1": "ورفع المجلس سعر الشراء إلى 450 دولارًا للطن.",
        "chips": "واشنطن وبكين تمددان محادثات تراخيص الرقائق حتى 12 ديسمبر",
        "chips_1": "واتفق الجانبان على إبقاء التراخيص الحالية سارية أثناء المحادثات في إطار BIS.",
        "chips_2": "وستُعقد جولة ثالثة في جنيف.",
    },
}


CATALOGUES = Catalogues()


def wording(language: str) -> Wording:
    return CATALOGUES[language]


def source(number: int, outlet: str, *, state: bool = False, reprint: bool = False) -> Source:
    return Source(
        number=number,
        article=ArticleId(number),
        outlet=outlet,
        url=CanonicalUrl(f"https://news{number}.example.org/2026/11/22/story-{number}?a=1&b=2"),
        title=f"Title {number}",
        text="",
        language="en",
        published_at=NOW - 5 * HOUR,
        state_media=state,
        reprint=reprint,
    )


def item(
    story: int,
    headline: str,
    sentences: tuple[tuple[str, tuple[int, ...]], ...],
    sources: tuple[Source, ...],
    *,
    method: Method = Method.EXTRACTIVE,
    voices: int = 2,
    age: timedelta = 3 * HOUR,
    news: str = "new",
    rejected: tuple[str, ...] = (),
    why_fallback: Code | None = None,
) -> Item:
    return Item(
        story=StoryId(story),
        summary=Summary(
            story=StoryId(story),
            basis=f"b{story}",
            language="en",
            length=Length.STANDARD,
            headline=headline,
            sentences=tuple(
                Sentence(
                    text=text,
                    sources=cited,
                    proofs=(Proof(source=cited[0], text=f"As it was reported: {text}"),),
                )
                for text, cited in sentences
            ),
            method=method,
            sources=sources,
            model="small-model" if method is Method.LLM else "",
            rejected=rejected,
            why_fallback=why_fallback,
        ),
        score=10.0 - story,
        why=f"{voices} independent outlets, {age} old",
        voices=voices,
        reprints=sum(each.reprint for each in sources),
        first_at=NOW - age - HOUR,
        last_at=NOW - age,
        news=news,
        state_media_only=all(each.state_media for each in sources),
    )


def coverage(feeds: int = 38, fine: int = 36, newest: timedelta | None = timedelta(minutes=41)) -> Coverage:
    return Coverage(
        feeds=feeds,
        feeds_fine=fine,
        newest_at=None if newest is None else NOW - newest,
        articles=1412,
        failing=("Valley Courier", "نشرة الساحل", "Port <Gazette>", "Hill Post")[: max(0, feeds - fine)],
    )


def sample(language: str = "en") -> Digest:
    """Late by 90 minutes, three topics, four stories, mixed methods, one topic thin and old."""
    # The story of the strait exists in English only: an excerpt is not translated.
    whole = TEXTS["en"] | TEXTS[language]
    say: dict[str, str] = {key: text for key, text in whole.items() if isinstance(text, str)}
    names = TEXTS[language]["topics"]
    hill, coast = source(1, "Hill & Harbour Times"), source(2, "نشرة الساحل")
    valley, daily = source(3, "Valley Courier", reprint=True), source(4, "State Daily", state=True)
    bridge = item(
        1,
        say["bridge"],
        ((say["bridge_1"], (1, 2)), (say["bridge_2"], (2,)), (say["bridge_3"], (1,))),
        (hill, coast, valley, daily),
        method=Method.LLM,
        voices=3,
        news="developed",
        rejected=("One that the check refused.",),
    )
    wheat = item(
        2, say["wheat"], ((say["wheat_1"], (4,)),), (daily,), voices=1, why_fallback=Code.MODEL_UNAVAILABLE
    )
    chips = item(
        3, say["chips"], ((say["chips_1"], (1, 3)), (say["chips_2"], (3,))), (hill, valley), method=Method.LLM
    )
    strait = item(
        4, f"\u202e{say['strait']}\u200b 🚢", ((say["strait_1"], (2,)),), (coast,), voices=1, age=40 * HOUR
    )
    strait = replace(strait, summary=replace(strait.summary, text_language="en"))
    grouped = ((bridge, wheat), (chips,), (strait,))
    sections = tuple(
        Section(topic=TopicSlug(slug), name=name, items=items, more=2 if slug == "us-china" else 0)
        for slug, name, items in zip(("syria", "us-china", "indo-pacific"), names, grouped, strict=True)
    )
    return Digest(
        subscription=SubscriptionId("morning"),
        slot=Slot(local_date=date(2026, 11, 23), local_time=time(5, 30), at=NOW - timedelta(minutes=90)),
        language=language,
        zone="Europe/Berlin",
        made_at=NOW,
        since=NOW - 24 * HOUR,
        sections=sections,
        coverage=coverage(),
        late=True,
    )


def view(language: str = "en") -> StoryView:
    """The bridge's story as its card shows it: every reason that there is, told two hours before."""
    whole = sample(language)
    summary = whole.sections[0].items[0].summary
    spread = (9, 4, 6, 1)  # hours ago: the first report is not the first source's
    titles = ("Bridge opens", summary.headline, "Lorries cross again", "عبور الشاحنات")
    sources = tuple(
        replace(source, published_at=NOW - hours * HOUR, title=title, agency=agency)
        for source, hours, title, agency in zip(
            summary.sources, reversed(spread), titles, ("", "", "AFP", ""), strict=True
        )
    )
    reasons = (
        (PlacementKind.FOUND, "nothing like it is open, 0.30 needed"),
        (PlacementKind.JOIN, "likeness 0.62, 0.30 needed: bridge, lorries, جسر"),
        (PlacementKind.DUPLICATE, "97% of the shorter text stands in article 1 word for word"),
        (PlacementKind.FOUND, "nearest story 12 at 0.11, 0.30 needed"),
    )
    placements = tuple(
        Placement(
            article=ArticleId(number),
            kind=kind,
            story=StoryId(1),
            similarity=0.5,
            why=why,
            reprint_of=ArticleId(1) if kind is PlacementKind.DUPLICATE else None,
        )
        for number, (kind, why) in enumerate(reasons, 1)
    )
    match = TopicMatch(
        topic=TopicSlug("syria"),
        score=1.4,
        why="3 of 4 articles; Deir Hafir (title), حلب (lead), Aleppo (body)",
    )
    return StoryView(
        story=Story(
            id=StoryId(1),
            title=summary.headline,
            articles=tuple(source.article for source in sources),
            voices=3,
            first_at=NOW - 9 * HOUR,
            last_at=NOW - HOUR,
            topics=(match,),
        ),
        summary=replace(summary, sources=sources),
        placements=placements,
        matches=(match,),
        score=2.31,
        why="3 independent outlets, 2 of 4 articles in 6 h, last 1 h ago, told before",
        topics={match.topic: whole.sections[0].name},
        zone=whole.zone,
        language=language,
        told_at=NOW - 2 * HOUR,
        developed=True,
        phase=Phase.DEVELOPING,
        moments=_moments(sources),
    )


def _moments(sources: tuple[Source, ...]) -> tuple[Moment, ...]:
    """The first report, and the last one, which brought more than there is room for."""
    first, *_, last = sorted(sources, key=lambda source: source.published_at)
    news = ((), ("450", "Geneva", "Deir Hafir", "Hesk"))
    return tuple(
        Moment(
            at=source.published_at,
            article=source.article,
            outlet=Outlet(id=OutletId(f"o{source.number}"), name=source.outlet),
            title=source.title,
            new=new,
        )
        for source, new in zip((first, last), news, strict=True)
    )


def empty(coverage_now: Coverage, *, language: str = "en", quiet_day: str = "line") -> Digest:
    """A digest of two topics without any story."""
    whole = sample(language)
    sections = tuple(replace(section, items=(), more=0) for section in whole.sections[:2])
    return replace(whole, sections=sections, coverage=coverage_now, late=False, quiet_day=quiet_day)
