"""Clauses, reasons and quotations to add: plausible in news, about nothing in particular."""

from __future__ import annotations


def _lines(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.strip().splitlines() if one.strip())


_AGENTS = _lines("""
{body}
{person}
a parliamentary committee
local traders
opposition deputies
the audit office
two neighbouring provinces
a retired judge
labour unions
diplomats in {place}
shopkeepers in {place}
a group of engineers
insurers
the chamber of commerce
human rights lawyers
""")
_ACTS = _lines("""
had asked for an independent inquiry
called the step overdue
has since apologised to the families
plans to appeal against the decision
had warned of such an outcome in a confidential memo
cancelled a press conference on the matter
wants the costs to be shared
has hired outside advisers
pledged emergency loans in response
threatened to boycott the next round
praised the patience of both sides
received advance notice by letter
refused to rule out further measures
set up a telephone hotline
opened a second office to deal with the demand
""")
_PLAIN = _lines("""
, adding that the arrangement would be reviewed every quarter
, a step that analysts had widely predicted
, which drew applause from the gallery
, ending a rivalry that goes back to the eighties
, although critics doubt that the budget suffices
, and a documentary about it is being filmed
, prompting a rush on petrol stations
, with a ceremony planned at the old railway station
, in what {person} called a personal triumph
, and schools in {place} will stay shut as a precaution
, despite heavy lobbying by hoteliers
, making it the costliest such case in a decade
, leaving thousands of commuters without trains
, and shares in the company tumbled within minutes
, while volunteers handed out blankets and soup
, paving the way for a referendum in autumn
, as {body} had demanded in an open letter
, and the verdict was broadcast live
, a move that surprised even close allies
, with the help of private donors
, over the protests of environmental campaigners
, using equipment borrowed from a foreign laboratory
, after which the crowd sang the national anthem
, the first such case under a new statute
, and the paperwork was lost in a flood
, which {person} had kept secret from colleagues
, in line with advice from the central bank
, raising fears of fuel shortages in {place}
, and the hospital there has run out of beds
, to the relief of beekeepers and orchard owners
""")
_LINKS = (", and {a} {b}", ", while {a} {b}", ", although {a} {b}")
CLAUSES = _PLAIN + tuple(
    _LINKS[(at + 2 * to) % 3].replace("{a}", a).replace("{b}", b)
    for at, a in enumerate(_AGENTS)
    for to, b in enumerate(_ACTS)
)
"""Some 250: thirty whole ones, and every agent with every act."""
_EVENTS = _lines("""
a shortage of spare parts
pressure from {body}
a computer failure
a boycott by dockworkers
months of secret negotiations
a landslide on the access road
an outbreak of cholera
a leaked recording
the resignation of an aide
a bribery scandal
a drop in tax revenue
fears of sabotage
a complaint by {person}
poor maintenance
a power cut in {place}
forged signatures
a change in the electoral calendar
a dispute over pensions
heavy fog
an anonymous tip
a strike by customs officers
bad harvests
a quarrel between two ministries
rising insurance premiums
the collapse of a crane
a petition by pensioners
a ruling by the constitutional tribunal
a cyberattack on the registry
lobbying by the fishing industry
unpaid electricity bills
""")
CAUSES = tuple(
    f"{link} {event}" for event in _EVENTS for link in ("because of", "after", "as a result of", "owing to")
)
QUOTES = {
    "en": _lines("""
we have been betrayed by the very people who promised to protect us
this is the beginning of a long and painful road
nobody in this building slept last night
there will be no second chance for anyone
history will remember who stood aside
we counted every box twice and found nothing
the door is open, but it will not stay open for ever
my grandmother would have laughed at such a plan
if they want a fight, they will get one
it was a mistake and I take the blame for it
we are closer to a solution than ever before
the figures on that sheet are pure fantasy
I have waited half my life for this morning
our patience is not without end
they treated us like guests, not like enemies
it smells of panic in the upper floors
all the evidence points in one direction
you cannot repair a roof in the middle of a storm
this paper is worth less than its ink
we shall publish everything, whatever it costs
the machines were switched off on purpose
children should not have to learn such words
there is no plan, there is only hope
we asked politely and were shown the stairs
"""),
    "zh": _lines("""
我们绝不会再给任何人第二次机会
这是一条漫长而痛苦道路的开始
昨晚这座大楼里没有一个人睡着
历史会记住袖手旁观的人
所有证据都指向同一个方向
那张表上的数字纯属幻想
我们的耐心不是没有尽头的
暴风雨中没有办法修屋顶
我等这个早晨等了半辈子
机器是被人故意关掉的
"""),
    "ar": _lines("""
لن تكون هناك فرصة ثانية لأحد
هذه بداية طريق طويل ومؤلم
لم ينم أحد في هذا المبنى ليلة أمس
سيذكر التاريخ من وقف متفرجاً
كل الأدلة تشير إلى اتجاه واحد
صبرنا ليس بلا نهاية
الأرقام في تلك الورقة محض خيال
انتظرت هذا الصباح نصف عمري
لا يمكن إصلاح السقف وسط العاصفة
أطفئت الآلات عن قصد
"""),
}
REWORDED = tuple(
    (a, b)
    for one in [
        "will/may",
        "never/always",
        "always/never",
        "must/need_not",
        "should/should_not",
        "can/cannot",
        "cannot/can",
        "no/every",
        "all/some",
        "some/all",
        "every/hardly",
        "our/their",
        "their/our",
        "we/they",
        "they/we",
        "my/your",
        "I/we",
        "more/less",
        "less/more",
        "before/after",
        "after/before",
        "good/bad",
        "bad/good",
        "first/last",
        "last/first",
        "now/later",
        "today/tomorrow",
        "new/old",
        "old/new",
        "strong/weak",
        "weak/strong",
        "safe/dangerous",
        "war/peace",
        "peace/war",
        "right/wrong",
        "wrong/right",
        "true/false",
        "open/shut",
        "best/worst",
        "worst/best",
        "many/few",
        "few/many",
        "nothing/everything",
        "nobody/everybody",
        "everything/nothing",
        "clear/doubtful",
        "big/small",
        "small/big",
        "long/short",
        "short/long",
        "early/late",
        "late/early",
        "with/without",
        "without/with",
        "better/worse",
        "worse/better",
        "high/low",
        "low/high",
        "up/down",
        "inside/outside",
        "friends/rivals",
        "law/custom",
        "is/is_not",
        "are/are_not",
        "was/was_not",
        "were/were_not",
        "has/has_not",
        "have/have_not",
        "want/fear",
        "wants/fears",
        "need/fear",
        "know/doubt",
        "knows/doubts",
        "people/officials",
        "children/soldiers",
        "house/office",
        "money/time",
        "water/fuel",
        "road/bridge",
        "day/year",
        "year/decade",
        "night/week",
        "不/也",
        "没有/只有",
        "必须/可以",
        "必須/可以",
        "我们/他们",
        "我們/他們",
        "会/不会",
        "會/不會",
        "是/不是",
        "可以/不能",
        "所有/部分",
        "已经/尚未",
        "今天/明年",
        "نحن/هم",
        "لا/قد",
        "لم/قد",
        "لن/قد",
        "كل/بعض",
        "اليوم/غداً",
        "كان/لم_يكن",
    ]
    for a, b in [one.replace("_", " ").split("/", 1)]
)
"""(word, what stands for it); the changed quotation is used only where no article has it."""
