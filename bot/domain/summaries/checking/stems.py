"""Words by their meaning's root: inflections cut, irregular verbs known, everyday synonyms of news as one."""

from __future__ import annotations

from functools import lru_cache

from bot.domain import terms

_IRREGULAR = """
say said says saying|tell told|fall fell fallen|rise rose risen|grow grew grown|hold held|take took taken
give gave given|go went gone|come came|see saw seen|make made|find found|leave left|meet met|send sent
lose lost|win won|begin began begun|become became|break broke broken|bring brought|build built|buy bought
sell sold|catch caught|choose chose chosen|cut cut|draw drew drawn|drive drove driven|feel felt|fight fought
fly flew flown|forbid forbade forbidden|get got|hide hid hidden|hit hit|keep kept|know knew known|lay laid
lead led|let let|lie lay lain|pay paid|put put|read read|ride rode ridden|run ran|seek sought|set set
shake shook shaken|shoot shot|show showed shown|shut shut|sink sank sunk|speak spoke spoken|spend spent
stand stood|steal stole stolen|strike struck stricken|swear swore sworn|teach taught|think thought
throw threw thrown|understand understood|withdraw withdrew withdrawn|write wrote written|flee fled|deny denied
denies|die died dies dying|child children|man men|woman women|person people|foot feet|life lives|wound wounded
shrink shrank shrunk|freeze froze frozen|overthrow overthrew overthrown|bear bore borne|do did done
"""
_SAME = """
say state declare remark comment note add|announce unveil reveal disclose publish|tell inform
warn caution|kill dead death die fatal slay slain casualty fatality|injure wound hurt injury
arrest detain custody apprehend detention|free release
attack strike assault raid offensive|bomb shell shelling bombard
begin start commence launch|end finish conclude stop halt cease|reopen open|close shut closure
rise increase climb grow jump surge soar gain up higher growth
fall drop decline decrease slide plunge slip down
lower reduce reduction shrink cut
approve accept endorse back ratify agree adopt pass|reject refuse oppose decline
talk negotiate negotiation discussion discuss dialogue meeting meet
summit conference|agreement deal accord pact treaty
government cabinet administration|official authority|police officer|soldier troop trooper serviceman
military army force|vessel ship boat submarine warship
aircraft plane jet|flight fly|hospital clinic medic medical doctor physician
buy purchase acquire|sell sale|build construct construction|destroy demolish|damage harm|rescue save
protest demonstrate demonstration rally protester demonstrator|election vote poll ballot|elect choose
parliament assembly lawmaker legislator legislature|court judge tribunal|jail prison imprison sentence
leave depart departure|arrive arrival reach|return|flee escape|displace evacuate evacuation evacuee
need require|want seek|ask request urge call appeal|demand insist|help aid assist assistance relief
plan intend intention|expect forecast predict|cost price|pay payment|money fund funding finance
company firm business|worker employee staff|job employment post position vacancy|child kid|home house housing
area region district zone|town city|village hamlet|border frontier|road highway motorway|bridge
quake earthquake tremor|storm typhoon hurricane cyclone|flood flooding|fire blaze|rain rainfall
show indicate suggest|estimate put reckon|accuse blame allege|deny dispute rebut|confirm verify
extend prolong|postpone delay defer|cancel scrap|suspend freeze pause|resume restart|ban prohibit forbid
tariff duty levy|tax|import|export shipment|trade commerce|sanction embargo
big large huge major|small little minor|new fresh latest|former ex|first initial|final last
remove clear|repair fix restore restoration|replace|install|supply deliver delivery|provide offer give
send dispatch deploy deployment|withdraw withdrawal pull|seize capture confiscate seizure|control hold
support backing|join|visit trip tour|travel journey|sign signing|name appoint appointment nominate
resign quit step|dismiss sack fire_out|lead head chief leader|spokesman spokeswoman spokesperson
member|party faction|group organisation organization|expert analyst|study research|report account
investigate probe inquiry investigation|search hunt|missing|victim|resident inhabitant local|civilian
refugee|migrant|school|student pupil|teacher|university|power electricity|water|food|wheat grain|oil crude
gas|coal|nuclear atomic|missile rocket|drone uav|weapon arm|ceasefire truce armistice|war conflict
peace|agency body|billion|million|percent|half|double twice|third|quarter|month|week|day|year annual yearly
hour|minute|morning|night overnight|ago earlier before|later after|allow permit let|prevent stop_from
continue go_on|remain stay|include|receive get obtain|create establish form set_up|change alter|improve
worsen deteriorate|boost strengthen raise|weaken|spend spending|invest investment|budget|debt loan|bank
market|share stock|currency|dollar|yuan renminbi|growth|economy economic|industry industrial|factory plant
produce production output|harvest crop|farm farmer|fish fishing fisherman|port harbour harbor|airport
passenger traveller traveler|train rail railway|car vehicle|truck lorry|driver|pilot|crew|captain
decide decision|choose choice selection|pledge promise vow commit commitment|threaten threat|describe call_as
complain complaint|praise hail welcome|criticise criticize condemn denounce criticism|fear concern worry
hope|believe think|know|find discover discovery|see witness|hear|speak address speech|write letter|read
try attempt effort|work|use|take|make|give|go
come|hold|keep|bring|put|turn|move movement|run operate operation
expect foresee anticipate prospect outlook projection|home household dwelling residence shelter flat apartment
kill perish victim_of|injure harm_to casualty_of hurt maim|start launch outset onset|stop standstill idle suspend_work paralyse paralyze
strong powerful severe heavy fierce intense|fast quick rapid swift speedy|slow sluggish|female woman|male man|young youth
win winner victory victor triumph beat defeat|lose loss loser|chief boss head|goods freight cargo|lorry truck|shaft tunnel
need lack want require necessity|enough sufficient adequate|guilty convict conviction|acquit clear exonerate
punish penalty fine|appeal challenge contest|annul void overturn quash|verdict ruling judgment judgement decision_of
law statute legislation act_of|bill draft|warn warning alert caution|danger risk hazard threat_of peril|safe safety secure security
ill sick disease illness infection infect infected|virus germ|cure treat treatment heal|vaccine vaccinate vaccination jab inoculate
buy buyer purchaser customer client|sell seller vendor|shop store retailer|rich wealthy|poor poverty
money cash sum amount|earn income revenue earnings|profit surplus gain_of|wage salary pay_of|price cost expensive dear
cheap cheaper inexpensive|bond debt_of|raise hike lift|lower trim slash ease loosen loosening easing
stage hold_of organise organize host|event occasion|wait queue line|allow legal|ban outlaw
fill occupy|vacant empty unfilled|pupil schoolchild|lesson class course teaching|train coach_of|ship sail voyage
sink founder capsize|crash collide collision accident smash|derail|fly airline carrier|runway airstrip
border boundary|map chart survey|measure gauge|test trial try_out examine examination inspect inspection inspector check
hide conceal secret|steal theft thief burglar burglary rob robbery|recover retrieve retrieval regain|return hand_back
missing disappear vanish unaccounted lost_of|search seek_for|body corpse|bury burial funeral mourning
dispute disagree disagreement row quarrel|agree consent accord_to concur|unanimous|compromise concession
split divide division|unite unity|join accede|quit withdraw_from|oppose opponent opposition
vow swear oath inauguration inaugurate|candidate contender nominee|turnout participation|majority most
result outcome|count tally recount|poll survey_of|voter electorate|seat mandate
temperature heat warm hot|cold chill freeze_of|wind gale gust|snow snowfall|drought dry
rocket missile|launch lift_off blast_off takeoff|space orbit|moon lunar|sun solar|sample specimen|soil regolith earth_of
scientist researcher|discover discovery detect detection|device instrument equipment apparatus machine
computer software system|data figure statistic|telephone phone call_by|letter message|newspaper paper press media
picture photograph photo image|film video footage|book|art painting|museum gallery|ancient old
big major main chief_of key important significant|serious grave bad badly seriously|possible potential likely
rest remainder remaining other|part share portion|whole entire total overall all_of|about roughly
again anew once_more|together joint jointly|alone only single sole|yearly annual|daily day
replace substitute swap exchange|give grant award donate donation|promise pledge undertake|receive obtain
join participate part_in|protect protection defend defence defense guard|rule regulation|limit cap ceiling restrict restriction
delay late postpone put_off|cancel call_off|shelve abandon drop_of|begin inaugurate|open inauguration
walkout strike_of|doctor physician|nurse|patient|operation surgery|appointment|ward|ambulance emergency
watchdog regulator authority_of|pill tablet capsule medicine medication drug|blaze flame inferno wildfire|douse extinguish quell
sue lawsuit suit plaintiff litigation|compensation damages redress indemnity|quake jolt shaking|confiscate impound|scam fraud swindle
fraudster swindler|rig manipulate tamper|uncover unearth expose|harm hurt_of|cabin_crew attendant|axe cut_of|dismissal layoff redundancy
sick unwell|hospitalise hospitalize|brand label|pledge vow_of|mull weigh consider|curb restrict restriction limit|besiege siege blockade
hungry hunger starve starvation malnourished malnutrition famine|scarce shortage short scarcity|grave tomb|jobless unemployed unemployment
strike walkout stoppage|wage_of payroll|haul loot booty|envoy ambassador diplomat emissary|premier chancellor|monarch king queen
forest wood woodland|island isle|coast shore seaside|ocean sea|lorry_of|plane_of|tower block|collapse cave_in crumble|rubble debris ruin
rescuer searcher|rebel insurgent|militia militiaman|troops_of|suspect suspicion suspected|bail|custody remand|crime offence offense felony
thief robber|murder homicide manslaughter|smuggle traffic trafficking|bribe bribery graft corruption corrupt|inflation|rate_of|merge merger
takeover acquisition|stake holding|shareholder stockholder investor|profit_of|revenue turnover sales_of|bankrupt insolvent insolvency
overnight night|dawn daybreak sunrise|evening|noon midday|fortnight
"""
_DROPPED = (
    "isation", "ization", "ation", "ition", "ement", "ment", "ness", "ance", "ence", "ship",
    "ity", "ive", "ion", "ise", "ize", "ate", "al", "er", "or", "ly", "at",
)  # fmt: skip


def _cut(word: str) -> str:
    """English without endings: crude, but the same on both sides; nothing shorter than four letters."""
    if len(word) > 4 and word.endswith(("ies", "ied")):
        word = word[:-3] + "y"
    elif len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        stem = word[: -len(ending)]
        if word.endswith(ending) and len(stem) > 2 and any(c in "aeiouy" for c in stem):
            word = stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsz" else stem
            break
    word = word[:-1] if len(word) > 3 and word.endswith("e") else word
    for ending in _DROPPED:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            word = word[:-1] if ending == "ion" and word.endswith("ct") else word
            break
    return word[:-1] + "i" if len(word) > 3 and word.endswith("y") else word


_ROOTS = {
    form: forms.split()[0] for forms in _IRREGULAR.replace("\n", "|").split("|") for form in forms.split()
}


def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    for group in _SAME.replace("\n", "|").split("|"):
        words = group.split()
        for word in words:
            table.setdefault(_cut(_ROOTS.get(word, word)), "=" + words[0])
    return table


_CONCEPTS = _table()


def irregular(word: str) -> bool:
    """Whether it is an irregular form of a verb (or noun): "became", "took"."""
    return _ROOTS.get(word, word) != word


@lru_cache(maxsize=100_000)
def root(word: str) -> str:
    """The word's root: "announcement", "announced" and "announces" are one. ``word`` is folded."""
    if not word.isascii():
        return terms.words(word)[0] if terms.words(word) else word
    return _cut(_ROOTS.get(word.removesuffix("'s"), word.removesuffix("'s")))


@lru_cache(maxsize=100_000)
def concept(word: str) -> str:
    """The root, or the sign of the group of everyday synonyms in which it stands."""
    found = root(word)
    return _CONCEPTS.get(found, found)
