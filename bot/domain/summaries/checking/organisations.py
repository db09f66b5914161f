"""Organisations that news names by an acronym, a name or what they do; and acronyms of any other name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from bot.domain import terms

_TABLE = """
UN united nations|u.n|un|联合国|الأمم المتحدة
UN>WFP world food programme|world food program|wfp|世界粮食计划署|برنامج الأغذية العالمي
UN>WHO world health organization|world health organisation|who|世界卫生组织|世卫组织|منظمة الصحة العالمية
UN>UNICEF unicef|children's fund|儿童基金会|اليونيسف
UN>UNHCR unhcr|refugee agency|high commissioner for refugees|难民署|مفوضية اللاجئين
UN>UNESCO unesco|教科文组织|اليونسكو
UN>UNRWA unrwa|relief and works agency|近东救济工程处|الأونروا
UN>FAO fao|food and agriculture organization|food and agriculture organisation|粮农组织|الفاو
UN>IOM iom|international organization for migration|international organisation for migration|国际移民组织
UN>IAEA iaea|international atomic energy agency|国际原子能机构|الوكالة الدولية للطاقة الذرية
UN>OCHA ocha|office for the coordination of humanitarian affairs|人道主义事务协调厅
UN>UNDP undp|development programme|开发计划署
UN>UNEP unep|environment programme|环境规划署
UN>ICJ icj|international court of justice|world court|国际法院|محكمة العدل الدولية
UN>ILO ilo|international labour organization|国际劳工组织
UN>WMO wmo|world meteorological organization|世界气象组织
UN>IPCC ipcc|intergovernmental panel on climate change
UN>UNSC security council|安理会|مجلس الأمن
OPCW opcw|organisation for the prohibition of chemical weapons|organization for the prohibition of chemical weapons|禁止化学武器组织|منظمة حظر الأسلحة الكيميائية
EU european union|eu|e.u|brussels|欧盟|الاتحاد الأوروبي
EU>ECB ecb|european central bank|欧洲央行|البنك المركزي الأوروبي
EU>EC european commission|欧盟委员会|المفوضية الأوروبية
EU>EP european parliament|欧洲议会|البرلمان الأوروبي
IMF imf|international monetary fund|国际货币基金组织|صندوق النقد الدولي
WB world bank|世界银行|البنك الدولي
WTO wto|world trade organization|world trade organisation|世界贸易组织|世贸组织|منظمة التجارة العالمية
NATO nato|north atlantic treaty organization|北约|الناتو|حلف شمال الأطلسي
ICC icc|international criminal court|国际刑事法院|المحكمة الجنائية الدولية
MSF msf|doctors without borders|medecins sans frontieres|médecins sans frontières|无国界医生|أطباء بلا حدود
ICRC icrc|red cross|international committee of the red cross|红十字|الصليب الأحمر
IFRC red crescent|红新月|الهلال الأحمر
OECD oecd|organisation for economic co-operation and development|经合组织
OPEC opec|organization of the petroleum exporting countries|欧佩克|أوبك
ASEAN asean|association of southeast asian nations|东盟|آسيان
AU african union|au|非盟|الاتحاد الأفريقي
AL arab league|阿拉伯国家联盟|جامعة الدول العربية
GCC gcc|gulf cooperation council|海合会|مجلس التعاون الخليجي
ECOWAS ecowas|economic community of west african states|西非国家经济共同体
IOC ioc|international olympic committee|国际奥委会
FIFA fifa|国际足联|الفيفا
UEFA uefa|欧足联
WADA wada|world anti-doping agency
NASA nasa|national aeronautics and space administration|美国航天局|美国宇航局|ناسا
ESA esa|european space agency|欧洲航天局
FED federal reserve|fed|美联储|الاحتياطي الفيدرالي
FBI fbi|federal bureau of investigation|联邦调查局
CIA cia|central intelligence agency|中央情报局
FDA fda|food and drug administration
FAA faa|federal aviation administration
NOAA noaa|national oceanic and atmospheric administration
USGS usgs|geological survey
USDA usda|department of agriculture|agriculture department|美国农业部
SEC securities and exchange commission|sec
PENTAGON pentagon|defense department|department of defense|defence department|五角大楼|البنتاغون
CBP cbp|customs and border protection
BOE bank of england|英国央行|英格兰银行
BOJ bank of japan|boj|日本央行|日本银行
PBOC people's bank of china|pboc|中国人民银行
IS islamic state|isis|isil|daesh|伊斯兰国|داعش
SDF sdf|syrian democratic forces|قسد
DPP dpp|democratic progressive party|民进党
KMT kmt|kuomintang|nationalists|国民党
CCP ccp|communist party of china|chinese communist party|中共|الحزب الشيوعي الصيني
HRW hrw|human rights watch
AMNESTY amnesty|amnesty international|国际特赦组织
INTERPOL interpol|国际刑警组织|الإنتربول
G7 g7|group of seven|七国集团
G20 g20|group of twenty|二十国集团
AI artificial intelligence|ai|人工智能|الذكاء الاصطناعي
GDP gross domestic product|gdp|国内生产总值|الناتج المحلي
CEO chief executive|ceo|chief executive officer|首席执行官
"""
_SMALL = r"(?:of|for|the|and|on|in|to|without|with|de|des)"
_RUN = re.compile(rf"[A-Z][\w'’-]*(?:\s+(?:{_SMALL}\s+){{0,2}}[A-Z][\w'’-]*)+")


@cache
def _forms() -> tuple[dict[str, list[tuple[str, str]]], tuple[tuple[str, str], ...]]:
    """First word of a Latin form: (form, organisation), longest first; and forms in other scripts."""
    latin: dict[str, list[tuple[str, str]]] = {}
    eastern = []
    for line in _TABLE.strip().splitlines():
        key, _, rest = line.partition(" ")
        for form in rest.split("|"):
            if re.match(r"[\u0600-\uffff]", form):
                eastern.append((form, key))
            else:
                latin.setdefault(form.split()[0], []).append((form, key))
    return {word: sorted(forms, key=lambda one: (-len(one[0]), one)) for word, forms in latin.items()}, tuple(
        eastern
    )


@lru_cache(maxsize=16384)
def organisations(text: str) -> tuple[tuple[str, int, int], ...]:
    """(organisation, start, end) of those that a text names, in order; the UN's own begin with "UN>"."""
    return tuple(_found(text))


def _found(text: str) -> Iterator[tuple[str, int, int]]:
    latin, eastern = _forms()
    folded = text.casefold()
    if len(folded) == len(text):
        for match in re.finditer(r"[^\W\d_](?:[\w]|\.(?=\w))*", text):
            # "who", "is", "au", "sec", "ai" are words too: an acronym has more capitals.
            for form, key in latin.get(match[0].casefold(), ()):
                stop = match.start() + len(form)
                if not folded.startswith(form, match.start()) or folded[stop : stop + 1].isalnum():
                    continue
                if " " not in form and len(form) < 5 and not text[match.start() : stop].isupper():
                    continue
                yield key, match.start(), stop
                break
    if re.search(r"[\u3400-\u9fff\u0621-\u064a]", text):
        plain = terms.simplified(text)
        for form, key in eastern:
            at = plain.find(form)
            if at >= 0:
                yield key, at, at + len(form)


def acronyms(text: str) -> Iterator[str]:
    """The acronyms, folded, that runs of capitals could have: each run of two to six of their words."""
    for match in _RUN.finditer(text):
        words = re.findall(r"\b[A-Z]", re.sub(r"['’]\w+", "", match[0]).replace("-", " "))
        for start in range(len(words)):
            for end in range(start + 2, min(start + 6, len(words)) + 1):
                yield "".join(words[start:end]).casefold()
