"""News agencies: how they are named in credits, and which one a text is credited to.

Only credits count: "(Reuters) -" in a dateline, a byline, a closing line. "Reuters reported" in the text is
no credit. Names are matched with case, because AP, ANI and EFE are also parts of words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_FORMS: dict[str, tuple[str, ...]] = {
    "Reuters": (r"(?:Thomson )?Reuters", "REUTERS", "路透社?", "رويترز"),
    "AP": (r"(?:The )?Associated Press", "AP", "美联社", "美聯社", r"أسوشيتد ?برس", "أ ب", r"أ\.ب"),
    "AFP": (
        *(r"Agence France-Presse", "AFP", "法新社", "法國新聞社", r"أ ?ف ?ب", r"أ\.ف\.ب", r"ا ?ف ?ب"),
        r"(?:وكالة )?(?:الصحافة )?فرانس برس",
        r"وكالة الصحافة الفرنسية",
        "الفرنسية",
    ),
    "Xinhua": ("Xinhua", "XINHUA", "新华社", "新華社", "新华网", "شينخوا"),
    "China News Service": ("China News Service", "中新社", "中新网", "中新網"),
    "CNA": ("CNA", "Central News Agency", "中央社"),
    "dpa": ("dpa", "DPA", "德新社", "د ب أ"),
    "EFE": ("EFE", "Agencia EFE", "埃菲社", "إفي"),
    "ANSA": ("ANSA",),
    "Kyodo": ("Kyodo(?: News)?", "KYODO", "共同社", "كيودو"),
    "Jiji": ("Jiji(?: Press)?", "JIJI", "时事社", "時事社"),
    "Yonhap": ("Yonhap(?: News Agency)?", "韩联社", "韓聯社", "يونهاب"),
    "ANI": ("ANI",),
    "PTI": ("PTI", "Press Trust of India"),
    "IANS": ("IANS",),
    "APP": ("APP", "Associated Press of Pakistan"),
    "SANA": ("SANA", "叙利亚通讯社", "سانا"),
    "TASS": ("TASS", "塔斯社", "تاس"),
    "RIA Novosti": ("RIA Novosti", "RIA", "俄新社", "نوفوستي"),
    "Interfax": ("Interfax", "国际文传电讯社"),
    "Anadolu": ("Anadolu(?: Agency)?", "阿纳多卢通讯社", "الأناضول"),
    "IRNA": ("IRNA", "إرنا"),
    "PNA": ("PNA", "Philippine News Agency"),
    "Bernama": ("Bernama", "BERNAMA", "马新社", "馬新社"),
    "Antara": ("Antara", "ANTARA"),
    "VNA": ("VNA", "Vietnam News Agency"),
    "WAM": ("WAM", "وام"),
    "SPA": ("SPA", "واس"),
    "PA": ("PA Media", "Press Association"),
    "AAP": ("AAP", "Australian Associated Press"),
    "Bloomberg": ("Bloomberg", "彭博社?", "بلومبرغ"),
    "UPI": ("UPI",),
    "KCNA": ("KCNA", "朝中社"),
}
NAMES = "|".join(form for forms in _FORMS.values() for form in forms)
"""All spellings as one regular expression alternation."""

_EXACT = {name: re.compile("|".join(forms)) for name, forms in _FORMS.items()}
_FROM = r"(?:[Ww]ith inputs? from|[Ss]ource|[Ff]rom|来源|來源|المصدر|وكالات)"
_SHORT = r"[^()（）]{0,40}?"
_DATELINE = (
    # DAMASCUS (Reuters) - …; BEIJING, Feb. 3 (Xinhua) -- …; (AFP) - …
    re.compile(
        rf"^[^。()（）]{{0,70}}[(（]\s*(?:{_SHORT}/)?(?P<name>{NAMES})(?:/[^()]{{1,30}})?\s*[)）]\s*[-–—:]"
    ),
    re.compile(rf"^[^.。()（）]{{2,70}}[(（](?P<name>{NAMES})[)）]"),
    # 新华社大马士革2月3日电; （中央社記者某某台北3日電）; 路透北京2月3日電
    re.compile(rf"^[（(【\[]?(?:据|據)?(?P<name>{NAMES})[^。，,]{{0,30}}?(?:电|電|讯|訊)[)）】\]]?"),
    # دمشق-سانا; دمشق – (رويترز)
    re.compile(rf"^[\w، ,]{{2,50}}\s?[-–—/]+\s?[(（]?(?P<name>{NAMES})(?![\w/])"),
    re.compile(rf"^(?P<name>{NAMES})\s?[-–—:]{{1,2}}\s"),
)
_CLOSING = (
    re.compile(rf"[(（\[【]\s*(?:{_FROM}[:：]? ?)?(?P<name>{NAMES})\s*[)）\]】][.。]?$"),
    re.compile(rf"^{_FROM}\s?[:：]?\s?(?P<name>{NAMES})[.。]?$"),
    re.compile(rf"(?:^|[.。”\"]\s*)[-–—]+\s?(?P<name>{NAMES})(?:/[\w/ ]{{2,30}})?[.。]?$"),
    re.compile(rf"(?:©|[Cc]opyright)[^.]{{0,20}}?\b(?P<name>{NAMES})(?:[. ]|$)"),
)
_REUTERS_STAFF = re.compile(
    r"\(?(?:Additional )?[Rr]eporting by .{1,300}?; ?(?:[Ww]riting|[Ee]diting) by "
    r"|Thomson Reuters Trust Principles"
)
_BYLINE = re.compile(rf"(?:^|[\s,/|(（、·-])(?P<name>{NAMES})(?![\w])")


def _named(text: str) -> str:
    for name, forms in _EXACT.items():
        if forms.fullmatch(text):
            return name
    return ""


def agency(paragraphs: Sequence[str], *, byline: str = "") -> str:
    """The agency that a text is credited to, "" for none.

    Looked for in this order: dateline (the first three paragraphs, because a standfirst may come first), the
    byline, the last three paragraphs. A dateline wins because a closing "(Reporting by …)" may be partial.
    """
    for paragraph in paragraphs[:3]:
        for pattern in _DATELINE:
            if match := pattern.match(paragraph[:200].strip()):
                return _named(match["name"])
    if match := _BYLINE.search(byline[:200]):
        return _named(match["name"])
    for paragraph in reversed(paragraphs[-3:]):
        tail = paragraph[-400:].strip()
        if _REUTERS_STAFF.search(tail):
            return "Reuters"
        for pattern in _CLOSING:
            if match := pattern.search(tail):
                return _named(match["name"])
    return ""
