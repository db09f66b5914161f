"""Names in Chinese and Arabic: known by titles, middle dots and verbs of saying beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.summaries.checking.reading import Evidence
from bot.types import Finding

_HAN_NAME = re.compile(
    r"[\u3400-\u9fff]{1,6}(?:[·・][\u3400-\u9fff]{1,8})+"
    r"|(?<=部长|总统|总理|主席|将军|书记|市长|大使|议员|省长|上校|司令|教授|博士|主任|先生|女士|行长|局长|州长|總統|部長|市長|主任|議員)"
    r"[\u3400-\u9fff]{2,3}(?=说|表示|称|指出|在|于|对|與|与|和|，|,|。|說|稱|將|将|会|強|强|宣|警|呼|否|告)"
    r"|(?:(?<=^)|(?<=[，。；,;:]))[\u3400-\u9fff]{2,4}(?=(?:表示|指出|说|称|說|稱)(?:[，。：,.:]|$))"
)
_PERSON = re.compile(
    r"(?:欧阳|歐陽|司马|司馬|诸葛|諸葛|上官|[王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱林郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭程曹袁邓鄧许許"
    r"傅沈曾彭吕呂苏蘇卢盧蒋蔣蔡贾賈丁魏薛叶葉阎閻余潘杜戴夏钟鍾汪田任姜范石姚谭譚廖邹鄒熊金陆陸郝孔崔邱秦江史顾顧侯邵孟龙龍段雷钱錢汤湯尹黎"
    r"易武乔喬贺賀赖賴龚龔阮])[\u3400-\u9fff]{1,2}"
)
_ARABIC_NAME = re.compile(
    r"(?<![\u0621-\u064a])(?:[ولب]?(?:الرئيس|الوزير|وزير|الجنرال|العقيد|اللواء|السيد|السيدة|المتحدث|المتحدثة|السفير|المدير|"
    r"النائب|الدكتور|الدكتورة|رئيسة|المحافظ|مدينة|بلدة|قرية|محافظة|منطقة|ميناء|مطار))\s+((?:[\u0621-\u064a]+\s?){1,2})"
)

_ARABIC_SPEAKER = re.compile(
    r"(?<![\u0621-\u064a])(?:وفق|بحسب|حسب|[وف]?قال|[وف]?قالت|[وف]?أكد|[وف]?أكدت|[وف]?صرح|[وف]?صرحت|[وف]?أضاف|[وف]?أضافت)"
    r"\s+([\u0621-\u064a]{3,}\s[\u0621-\u064a]{3,})"
)


def eastern(text: str, evidence: Evidence) -> Iterator[Finding]:
    """Names in Chinese and Arabic: known by titles, middle dots and verbs of saying beside them."""
    joined = evidence.note(_joined)
    for match in _HAN_NAME.finditer(text):
        if match[0] in joined or match[0].endswith("方"):
            continue
        # what follows a title may run on past the name; a surname with one or two signs and a verb does not
        if match[0][:2] not in joined or _PERSON.fullmatch(match[0]):
            yield Finding(kind="name", span=match[0])
    for match in _ARABIC_NAME.finditer(text):
        first, *rest = match[1].split()
        if not _arabic_known(first, joined):
            yield Finding(kind="name", span=first)
        elif rest and not rest[0].startswith(("لل", "ب", "ل")) and not _arabic_known(rest[0], joined):
            yield Finding(kind="name", span=rest[0], hard=False)  # may be no name but what is told of it
    for match in _ARABIC_SPEAKER.finditer(text):
        words = match[1].split()
        if all(len(word) > 2 and word.removeprefix("ال") not in joined for word in words):
            yield Finding(kind="name", span=match[1])


def _joined(evidence: Evidence) -> str:
    return "|".join(evidence.plain)


def _arabic_known(word: str, joined: str) -> bool:
    plain = word.removeprefix("ال")
    return len(plain) < 3 or plain in joined or plain.removeprefix("و") in joined
