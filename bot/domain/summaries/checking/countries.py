"""Countries by all their names: peoples, adjectives, capitals (for their governments), Chinese and Arabic.

English peoples and capitals stand here, one country a line; the names in Chinese (both scripts) and Arabic come
from the Unicode Common Locale Data Repository as Babel carries it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from babel import Locale

from bot.domain import terms

_TABLE = """
AF afghanistan|afghan|kabul
AL albania|albanian|tirana
DZ algeria|algerian|algiers
AD andorra|andorran|andorra la vella
AO angola|angolan|luanda
AR argentina,argentine republic|argentine,argentinian|buenos aires
AM armenia|armenian|yerevan
AU australia|australian,aussie|canberra
AT austria|austrian|vienna
AZ azerbaijan|azerbaijani,azeri|baku
BS bahamas|bahamian|nassau
BH bahrain|bahraini|manama
BD bangladesh|bangladeshi|dhaka
BB barbados|barbadian|bridgetown
BY belarus|belarusian,belarussian,belarusan|minsk
BE belgium|belgian|brussels
BZ belize|belizean|belmopan
BJ benin|beninese|porto-novo
BT bhutan|bhutanese|thimphu
BO bolivia|bolivian|la paz,sucre
BA bosnia and herzegovina,bosnia,bosnia-herzegovina|bosnian|sarajevo
BW botswana|motswana,batswana,botswanan|gaborone
BR brazil|brazilian|brasilia,brasília
BN brunei|bruneian|bandar seri begawan
BG bulgaria|bulgarian|sofia
BF burkina faso|burkinabe,burkinabè|ouagadougou
BI burundi|burundian|gitega,bujumbura
KH cambodia|cambodian,khmer|phnom penh
CM cameroon|cameroonian|yaounde,yaoundé
CA canada|canadian|ottawa
CV cape verde,cabo verde|cape verdean|praia
CF central african republic|central african|bangui
TD chad|chadian|n'djamena,ndjamena
CL chile|chilean|santiago
CN china,people's republic of china,prc,mainland china|chinese|beijing,peking
CO colombia|colombian|bogota,bogotá
KM comoros|comorian|moroni
CG republic of the congo,congo-brazzaville|congolese|brazzaville
CD democratic republic of congo,democratic republic of the congo,dr congo,drc,congo|congolese|kinshasa
CR costa rica|costa rican|san jose,san josé
HR croatia|croatian,croat|zagreb
CU cuba|cuban|havana
CY cyprus|cypriot|nicosia
CZ czech republic,czechia|czech|prague
DK denmark|danish,dane|copenhagen
DJ djibouti|djiboutian|djibouti city
DM dominica|dominican|roseau
DO dominican republic|dominican|santo domingo
EC ecuador|ecuadorian,ecuadorean|quito
EG egypt|egyptian|cairo
SV el salvador|salvadoran,salvadorean|san salvador
GQ equatorial guinea|equatoguinean|malabo
ER eritrea|eritrean|asmara
EE estonia|estonian|tallinn
SZ eswatini,swaziland|swazi|mbabane
ET ethiopia|ethiopian|addis ababa
FJ fiji|fijian|suva
FI finland|finnish,finn|helsinki
FR france|french,frenchman,frenchwoman|paris
GA gabon|gabonese|libreville
GM gambia,the gambia|gambian|banjul
GE georgia|georgian|tbilisi
DE germany,federal republic of germany|german|berlin
GH ghana|ghanaian|accra
GR greece|greek|athens
GD grenada|grenadian|st george's
GT guatemala|guatemalan|guatemala city
GN guinea|guinean|conakry
GW guinea-bissau|bissau-guinean|bissau
GY guyana|guyanese|georgetown
HT haiti|haitian|port-au-prince
HN honduras|honduran|tegucigalpa
HK hong kong|hongkonger,hong konger|
HU hungary|hungarian|budapest
IS iceland|icelandic,icelander|reykjavik
IN india|indian|new delhi,delhi
ID indonesia|indonesian|jakarta
IR iran,islamic republic of iran|iranian,persian|tehran,teheran
IQ iraq|iraqi|baghdad
IE ireland,irish republic,republic of ireland|irish,irishman,irishwoman|dublin
IL israel|israeli|jerusalem,tel aviv
IT italy|italian|rome
CI ivory coast,cote d'ivoire,côte d'ivoire|ivorian|yamoussoukro,abidjan
JM jamaica|jamaican|kingston
JP japan|japanese|tokyo
JO jordan|jordanian|amman
KZ kazakhstan|kazakh,kazakhstani|astana
KE kenya|kenyan|nairobi
KI kiribati|i-kiribati,kiribatian|tarawa
XK kosovo|kosovar,kosovan|pristina
KW kuwait|kuwaiti|kuwait city
KG kyrgyzstan|kyrgyz|bishkek
LA laos|lao,laotian|vientiane
LV latvia|latvian|riga
LB lebanon|lebanese|beirut
LS lesotho|basotho,mosotho|maseru
LR liberia|liberian|monrovia
LY libya|libyan|tripoli
LI liechtenstein|liechtensteiner|vaduz
LT lithuania|lithuanian|vilnius
LU luxembourg|luxembourger,luxembourgish|
MO macau,macao|macanese|
MG madagascar|malagasy|antananarivo
MW malawi|malawian|lilongwe
MY malaysia|malaysian|kuala lumpur,putrajaya
MV maldives|maldivian|male,malé
ML mali|malian|bamako
MT malta|maltese|valletta
MH marshall islands|marshallese|majuro
MR mauritania|mauritanian|nouakchott
MU mauritius|mauritian|port louis
MX mexico|mexican|mexico city
FM micronesia|micronesian|palikir
MD moldova|moldovan|chisinau,chișinău
MC monaco|monegasque|
MN mongolia|mongolian,mongol|ulaanbaatar,ulan bator
ME montenegro|montenegrin|podgorica
MA morocco|moroccan|rabat
MZ mozambique|mozambican|maputo
MM myanmar,burma|burmese|naypyidaw,naypyitaw
NA namibia|namibian|windhoek
NR nauru|nauruan|yaren
NP nepal|nepali,nepalese|kathmandu
NL netherlands,the netherlands,holland|dutch,dutchman|the hague,amsterdam
NC new caledonia|new caledonian|noumea
NZ new zealand|new zealander,kiwi|wellington
NI nicaragua|nicaraguan|managua
NE niger|nigerien|niamey
NG nigeria|nigerian|abuja
KP north korea,dprk|north korean|pyongyang
MK north macedonia,macedonia|macedonian|skopje
NO norway|norwegian|oslo
OM oman|omani|muscat
PK pakistan|pakistani|islamabad
PW palau|palauan|ngerulmud
PS palestine,palestinian territories,palestinian authority|palestinian|ramallah
PA panama|panamanian|panama city
PG papua new guinea|papua new guinean|port moresby
PY paraguay|paraguayan|asuncion,asunción
PE peru|peruvian|lima
PH philippines,the philippines|philippine,filipino,filipina|manila
PL poland|polish,pole|warsaw
PT portugal|portuguese|lisbon
PR puerto rico|puerto rican|san juan
QA qatar|qatari|doha
RO romania|romanian|bucharest
RU russia,russian federation|russian|moscow,kremlin
RW rwanda|rwandan|kigali
WS samoa|samoan|apia
SA saudi arabia,kingdom of saudi arabia|saudi,saudi arabian|riyadh
SN senegal|senegalese|dakar
RS serbia|serbian,serb|belgrade
SC seychelles|seychellois|victoria
SL sierra leone|sierra leonean|freetown
SG singapore|singaporean|
SK slovakia|slovak,slovakian|bratislava
SI slovenia|slovenian,slovene|ljubljana
SB solomon islands,solomons|solomon islander|honiara
SO somalia|somali|mogadishu
ZA south africa|south african|pretoria,cape town
KR south korea,republic of korea,rok|south korean|seoul
SS south sudan|south sudanese|juba
ES spain|spanish,spaniard|madrid
LK sri lanka|sri lankan|colombo
SD sudan|sudanese|khartoum
SR suriname|surinamese|paramaribo
SE sweden|swedish,swede|stockholm
CH switzerland|swiss|bern,berne
SY syria,syrian arab republic|syrian|damascus
TW taiwan,republic of china,formosa|taiwanese|taipei
TJ tajikistan|tajik|dushanbe
TZ tanzania|tanzanian|dodoma
TH thailand|thai|bangkok
TL east timor,timor-leste|timorese,east timorese|dili
TG togo|togolese|lome,lomé
TO tonga|tongan|nuku'alofa,nukualofa
TT trinidad and tobago,trinidad|trinidadian|port of spain
TN tunisia|tunisian|tunis
TR turkey,turkiye,türkiye,turkish republic|turkish,turk|ankara
TM turkmenistan|turkmen|ashgabat
TV tuvalu|tuvaluan|funafuti
UG uganda|ugandan|kampala
UA ukraine|ukrainian|kyiv,kiev
AE united arab emirates,emirates,uae|emirati|abu dhabi
GB united kingdom,britain,great britain,uk,u.k|british,briton,brit|london,downing street,whitehall
US united states,united states of america,america,us,u.s,usa,u.s.a|american|washington,white house
UY uruguay|uruguayan|montevideo
UZ uzbekistan|uzbek|tashkent
VU vanuatu|ni-vanuatu|port vila
VA vatican,holy see,vatican city|papal|
VE venezuela|venezuelan|caracas
VN vietnam,viet nam|vietnamese|hanoi
YE yemen|yemeni|sanaa,sana'a
ZM zambia|zambian|lusaka
ZW zimbabwe|zimbabwean|harare
"""
_EASTERN = {
    "US": "美国 美方 美军 美媒 الأميركي الأمريكي أمريكا أميركا واشنطن 华盛顿 白宫",
    "CN": "中方 大陆 北京 بكين الصيني",
    "JP": "日方 东京 طوكيو الياباني",
    "KR": "韩方 韩军 南韩 首尔 سول سيول الكوري الجنوبي",
    "KP": "朝方 朝鲜 北韩 平壤 بيونغ يانغ",
    "GB": "英国 伦敦 لندن بريطانيا البريطاني",
    "RU": "俄方 莫斯科 موسكو الروسي",
    "PH": "菲方 马尼拉 مانيلا الفلبيني",
    "IN": "印方 新德里 نيودلهي الهندي",
    "AU": "澳洲 堪培拉 كانبرا الأسترالي",
    "TW": "台湾 台北 تايبيه",
    "TR": "安卡拉 أنقرة التركي",
    "SY": "大马士革 دمشق السوري",
    "DE": "柏林 برلين الألماني",
    "FR": "巴黎 باريس الفرنسي",
    "NZ": "纽西兰 نيوزيلندا",
    "LK": "斯方 科伦坡 سريلانكا",
    "SA": "沙特 الرياض السعودي",
    "AE": "阿联酋 الإمارات الإماراتي",
    "CD": "刚果 الكونغو",
    "MM": "缅方 缅甸",
    "PS": "巴勒斯坦 فلسطين",
    "VN": "越方 河内 هانوي",
    "HK": "香港 هونغ كونغ",
    "MO": "澳门 ماكاو",
}
"""What newspapers say beside the official names."""


class Mention(NamedTuple):
    """A country in a text, and whether it is named by its capital."""

    country: str
    start: int
    end: int
    capital: bool


@cache
def _forms() -> dict[str, list[tuple[str, str, bool]]]:
    """First word of a form: (form, country, whether a capital), longest first."""
    found: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
    for line in _TABLE.strip().splitlines():
        code, _, rest = line.partition(" ")
        countries, peoples, capitals = (part.split(",") if part else [] for part in rest.split("|"))
        plurals = [one + "s" for one in peoples if not one.endswith(("s", "sh", "ch", "ese"))]
        for form in (*countries, *peoples, *plurals):
            found[form.split()[0]].append((form, code, False))
        for form in capitals:
            found[form.split()[0]].append((form, code, True))
    return {word: sorted(forms, key=lambda one: (-len(one[0]), one)) for word, forms in found.items()}


_WORD = re.compile(r"[^\W\d_](?:[\w'-]|\.(?=\w))*")


_ADDED = re.compile(r"('s|-\w+)$")


@lru_cache(maxsize=16384)
def mentions(text: str) -> tuple[Mention, ...]:
    """The countries of a text in Latin letters; only what has a capital, in order."""
    return tuple(_mentions(text))


def _mentions(text: str) -> Iterator[Mention]:
    forms, folded, end = _forms(), text.casefold(), 0
    if len(folded) != len(text):
        return  # a letter that folds into two would shift every place
    for match in _WORD.finditer(text):
        word = match[0]
        if match.start() < end or not word[0].isupper():
            continue
        whole = word.casefold()
        first = _ADDED.sub("", whole) if "'" in whole or "-" in whole else whole
        for form, code, capital in (*forms.get(whole, ()), *forms.get(first, ())):
            stop = match.start() + len(form)
            if folded.startswith(form, match.start()) and not folded[stop : stop + 1].isalpha():
                if form == "us" and word != "US":
                    continue
                end = stop
                yield Mention(code, match.start(), stop, capital)
                break


@cache
def _eastern() -> tuple[tuple[str, str], ...]:
    """(name, country) in simplified Chinese and in Arabic without its article."""
    found = dict[str, str]()
    codes = [line.split()[0] for line in _TABLE.strip().splitlines()]
    chinese, arabic = Locale("zh").territories, Locale("ar").territories
    for code in codes:
        names = [str(chinese.get(code, "")), str(arabic.get(code, "")), *_EASTERN.get(code, "").split()]
        for name in names:
            plain = re.sub(r"（.*", "", name).removeprefix("中国").removesuffix("特别行政区") or name
            if len(plain) > 1:
                found.setdefault(plain, code)
    return tuple(sorted(found.items(), key=lambda one: (-len(one[0]), one)))


_LETTER = re.compile(r"[\u3400-\u9fff\u0621-\u064a]")


def eastern(text: str) -> frozenset[str]:
    """The countries that a Chinese or Arabic text names."""
    if text.isascii() or _LETTER.search(text) is None:
        return frozenset()
    plain = terms.simplified(text)
    return frozenset(code for name, code in _eastern() if name in plain)
