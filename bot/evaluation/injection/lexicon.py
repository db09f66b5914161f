"""Words that the injector knows: names, places, offices, opposites. Apart from the check's own lists."""

from __future__ import annotations


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.strip().split(",") if one.strip())


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Both directions of "a/b" pairs, in order."""
    found = [tuple(one.strip().split("/")) for one in text.strip().split(",") if one.strip()]
    return tuple((a, b) for a, b in found) + tuple((b, a) for a, b in found)


NATIONS = dict(
    one.split("/")
    for one in _listed("""
Syria/Syrian, Lebanon/Lebanese, Turkey/Turkish, Iraq/Iraqi, Iran/Iranian, Israel/Israeli, Jordan/Jordanian,
Egypt/Egyptian, Russia/Russian, China/Chinese, Japan/Japanese, Taiwan/Taiwanese, Vietnam/Vietnamese,
Malaysia/Malaysian, Indonesia/Indonesian, Australia/Australian, India/Indian, Singapore/Singaporean,
Thailand/Thai, Cambodia/Cambodian, Canada/Canadian, Mexico/Mexican, Brazil/Brazilian, Germany/German,
France/French, Italy/Italian, Spain/Spanish, Poland/Polish, Ukraine/Ukrainian, Britain/British, Kenya/Kenyan,
Norway/Norwegian, Sweden/Swedish, Chile/Chilean, Peru/Peruvian, Argentina/Argentine, Nigeria/Nigerian,
Pakistan/Pakistani, Bangladesh/Bangladeshi, Kuwait/Kuwaiti, Qatar/Qatari, Oman/Omani, Yemen/Yemeni,
Greece/Greek, Austria/Austrian, Belgium/Belgian, Denmark/Danish, Finland/Finnish, Morocco/Moroccan,
Algeria/Algerian, Tunisia/Tunisian, Ghana/Ghanaian, Ethiopia/Ethiopian, Nepal/Nepalese, Mongolia/Mongolian,
Palau/Palauan, Fiji/Fijian, Vanuatu/Vanuatuan, Tonga/Tongan, Samoa/Samoan
""")
)
COUNTRIES = frozenset(NATIONS) | frozenset(
    _listed("""Philippines, United States, United Kingdom, US, UK, Saudi Arabia, South Korea, North Korea, Papua New Guinea,
New Zealand, Solomon Islands, United Arab Emirates, Netherlands, Myanmar, Laos, Brunei, East Timor, Kiribati, Switzerland,
European Union, EU, Sri Lanka, South Africa, Czech Republic, Timor-Leste, Washington, Beijing, Tokyo, Manila, Taipei,
Damascus, Ankara, Moscow, Tehran, Canberra, Seoul, Delhi, New Delhi, Jakarta, Hanoi""")
)
"""Countries, and capitals that stand for their governments."""
SEATS = dict(
    one.split("/")
    for one in _listed("""Washington/United States, US/United States, Beijing/China, Tokyo/Japan, Manila/Philippines, Taipei/Taiwan, Damascus/Syria,
Ankara/Turkey, Moscow/Russia, Tehran/Iran, Canberra/Australia, Seoul/South Korea, Delhi/India, New Delhi/India, Jakarta/Indonesia, UK/United Kingdom,
Hanoi/Vietnam, Britain/United Kingdom, EU/European Union, Wellington/New Zealand, Colombo/Sri Lanka, Dhaka/Bangladesh, Pyongyang/North Korea,
Beirut/Lebanon, Baghdad/Iraq, Amman/Jordan, Bangkok/Thailand, London/United Kingdom, Brussels/European Union, Brussels/Belgium""")
)
"""Whose government or short name this is: two names of one actor must not stand for each other."""
NO_PERSON = frozenset(
    [
        "Wire",
        "Protection",
        "Bridge",
        "War",
        "County",
        "River",
        "Courier",
        "Street",
        "Island",
        "Islands",
        "Sea",
        "Strait",
        "Bay",
        "Port",
        "Airport",
        "Hat",
        "Times",
        "Post",
        "Ledger",
        "Daily",
        "Observer",
        "Dispatch",
        "Beacon",
        "Mirror",
        "News",
        "Province",
        "District",
        "Village",
        "Valley",
        "Camp",
        "Hospital",
        "School",
        "Road",
        "Highway",
        "Mountain",
        "Mountains",
        "Square",
        "Market",
        "Ships",
        "Shield",
        "Point",
        "Ghat",
        "Tribe",
        "Act",
        "Law",
        "Treaty",
        "Accord",
        "Agreement",
        "Plan",
        "Day",
        "Week",
        "House",
        "World",
        "Meridian",
        "Capital",
        "Pacific",
        "Strait",
        "Manila",
        "Old",
        "Quay",
        "Gulf",
        "Harbour",
        "Levant",
        "Customs",
        "Border",
        "Peninsula",
        "Gate",
        "Hall",
        "Tower",
        "Lake",
        "Dam",
        "Field",
        "Company",
        "Zone",
        "Reef",
        "Shoal",
        "Atoll",
        "Cape",
        "Mount",
        "Hotel",
        "City",
        "Town",
        "Cup",
        "Prize",
        "Club",
    ]
)
NEW_CITIES = _listed("""
Lisbon, Montevideo, Nairobi, Oslo, Valencia, Gdansk, Rotterdam, Tampere, Casablanca, Guayaquil, Mombasa, Zagreb,
Krakow, Salta, Bergen, Porto, Ghent, Leipzig, Bilbao, Aarhus, Durban, Accra, Lusaka, Quito, Cordoba, Halifax, Winnipeg
""")
NEW_COUNTRIES = _listed(
    "Norway, Chile, Kenya, Peru, Poland, Argentina, Finland, Ghana, Nepal, Morocco, Austria, Denmark"
)
CITIES = frozenset(
    _listed("""
Aleppo, Homs, Hama, Latakia, Tartus, Idlib, Raqqa, Daraa, Deir ez-Zor, Palmyra, Qamishli, Hasakah, Suwayda, Quneitra,
Beirut, Tripoli, Baghdad, Mosul, Erbil, Amman, Istanbul, Gaziantep, Geneva, Vienna, Brussels, Paris, London, Berlin,
New York, Los Angeles, Chicago, Houston, Detroit, Boston, Seattle, San Francisco, Shanghai, Shenzhen, Guangzhou,
Hong Kong, Wuhan, Chengdu, Tianjin, Xiamen, Kaohsiung, Taichung, Tainan, Keelung, Busan, Osaka, Okinawa, Nagoya, Fukuoka,
Cebu, Davao, Palawan, Subic, Zambales, Luzon, Darwin, Perth, Sydney, Melbourne, Brisbane, Adelaide, Auckland, Wellington, Suva,
Port Moresby, Honiara, Bangkok, Phnom Penh, Yangon, Kuala Lumpur, Penang, Surabaya, Batam, Medan, Da Nang, Haiphong,
Mumbai, Chennai, Kolkata, Colombo, Dhaka, Guam, Hawaii, Honolulu, Texas, California, Michigan, Ohio, Iowa, Illinois, Georgia,
Arizona, Long Beach, Madrid, Rome, Doha, Dubai, Riyadh, Cairo, Jeddah, Busan, Ningbo, Qingdao, Fujian, Guangdong, Hainan, Yunnan
""")
) | frozenset(NEW_CITIES)
TITLES = frozenset(NATIONS.values()) | frozenset(
    _listed("""President, Minister, Prime, Premier, Chancellor, King, Queen, Prince, General, Gen, Colonel, Captain, Admiral,
Commander, Senator, Representative, Governor, Mayor, Ambassador, Secretary, Foreign, Defence, Defense, Interior, Finance, Trade,
Commerce, Deputy, Vice, Mr, Mrs, Ms, Dr, Professor, Judge, Justice, Sir, Treasury, US, American, Spokesman, Spokeswoman, Chief,
Philippine, Health, Energy, Transport, Agriculture, Lieutenant, Major, Rear, Brigadier, Sheikh, Father, Bishop""")
)
NO_NAME = frozenset(
    [
        "the",
        "a",
        "an",
        "in",
        "on",
        "at",
        "for",
        "but",
        "and",
        "by",
        "from",
        "it",
        "he",
        "she",
        "they",
        "we",
        "this",
        "that",
        "these",
        "those",
        "as",
        "with",
        "after",
        "before",
        "when",
        "while",
        "if",
        "there",
        "his",
        "her",
        "their",
        "its",
        "however",
        "meanwhile",
        "also",
        "most",
        "some",
        "many",
        "few",
        "all",
        "both",
        "each",
        "one",
        "two",
        "three",
        "i",
        "mr",
        "mrs",
        "ms",
        "of",
        "or",
        "no",
        "not",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "more",
        "about",
        "nearly",
        "under",
        "over",
        "since",
        "until",
        "according",
        "only",
        "several",
        "half",
        "none",
        "nobody",
        "what",
        "who",
        "how",
        "why",
        "where",
        "our",
        "my",
        "your",
        "so",
        "to",
        "up",
        "out",
        "between",
        "during",
        "against",
        "now",
        "then",
        "still",
        "yet",
        "even",
        "once",
        "last",
        "next",
        "early",
        "late",
        "another",
        "officials",
        "authorities",
        "police",
        "residents",
        "soldiers",
        "rebels",
        "talks",
        "fresh",
        "first",
        "second",
        "state",
        "local",
        "around",
        "almost",
    ]
)
ORGANISED = frozenset(
    _listed("""Ministry, Department, Council, Group, Company, Corp, Corporation, University, Army, Navy, Forces, Party, Commission,
Agency, Bank, Court, Union, Institute, Association, Authority, Directorate, Committee, Bureau, Office, Guard, Police, Command,
Parliament, Congress, Senate, House, Ltd, Inc, Airlines, Airways, Motors, Energy, Electronics, Shipping, Lines, Foundation, Nations,
Organization, Organisation, Fund, Board, Federation, Chamber, Administration, Service, Society, Centre, Center, Alliance, League,
Security, Fleet, Brigade, Exchange, Holdings, Semiconductor, Technologies, Industries, Coalition, Observatory, Network""")
)
SURNAMES = {
    "western": _listed(
        "Hartigan, Lindqvist, Mercer, Okafor, Pemberton, Sorensen, Whitlock, Castellan, Duquesne, Fairbanks, Novak, Varga, Brennan"
    ),
    "chinese": _listed("Ouyang, Shangguan, Meng, Qiu, Xiong, Ruan, Pang, Geng, Lu, Nie, Zuo, Dong"),
    "arabic": _listed(
        "Barakat, Haddad, Mansour, Khoury, Zaydan, Sabbagh, Darwish, Najjar, Qasim, Shami, Tamimi, Rifai"
    ),
}
FIRST = {
    "western": _listed(
        "Martin, Helen, Oscar, Ingrid, Thomas, Clara, Peter, Judith, Simon, Laura, Victor, Nadine"
    ),
    "chinese": _listed("Weiguo, Lihua, Jianmin, Xiaoyan, Zhiyuan, Meiling, Haoran, Shufen, Guoqiang, Yulan"),
    "arabic": _listed("Yusuf, Layla, Karim, Hala, Nabil, Rania, Fadi, Samira, Walid, Dina, Ziad, Maysa"),
}
CHINESE_LIKE = frozenset(
    [
        "Xi",
        "Li",
        "Wang",
        "Zhang",
        "Chen",
        "Liu",
        "Lai",
        "Zhao",
        "Huang",
        "Wu",
        "Zhou",
        "Xu",
        "Sun",
        "Ma",
        "Zhu",
        "Hu",
        "Guo",
        "He",
        "Lin",
        "Gao",
        "Luo",
        "Zheng",
        "Liang",
        "Xie",
        "Tang",
        "Han",
        "Cao",
    ]
)
NEW_ORGANISATIONS = _listed("""
the Northgate Institute, Halden Shipping, the Maritime Arbitration Board, Corvane Industries, the Rural Credit Union,
Ostrava Motors, the Civic Forum Party, the Water Resources Bureau, Brightwell Energy, the Teachers' Federation,
the Pension Fund Authority, the Meteorological Office, Tessaly Electronics, the Housing Commission, Red Lantern Airways
""")
NEW_OTHERS = _listed(
    "Halvorsen, Tarnow, Brightwell, Kestrel Point, Ostrava, Meridien, Calloway, Ravensmoor, Pellworm, Northgate, Zelenka, Tessaly"
)
OFFICES = _listed(
    "foreign, defence, interior, finance, trade, commerce, justice, health, transport, energy, agriculture, education, economy,"
    " information, labour, culture, tourism, environment, water, housing, industry, electricity"
)
OFFICE_PAIRS = _pairs("""prime minister/president, ambassador/consul, governor/mayor, secretary of state/treasury secretary,
chief of staff/chief of police, senator/judge, defence secretary/health secretary, premier/speaker of parliament,
director/deputy director, chairman/treasurer, professor/student, lawyer/judge, engineer/accountant, mayor/prosecutor,
head of the roads directorate/head of the customs directorate, spokesman/adviser, spokeswoman/adviser""")
DIRECTIONS = _pairs("""
rose/fell, rise/fall, rises/falls, risen/fallen, rising/falling, increased/decreased, increase/decrease, increases/decreases,
increasing/decreasing, gained/lost, gain/loss, gains/losses, higher/lower, raised/lowered, raise/lower, raising/lowering,
raises/lowers, up from/down from, up by/down by, climbed/dropped, grew/shrank, grown/shrunk, growing/shrinking, expanded/contracted,
expand/contract, widened/narrowed, strengthened/weakened, strengthen/weaken, opened/closed, reopened/closed, opening/closing,
opens/closes, open/closed, bought/sold, buy/sell, buying/selling, buys/sells, accelerated/slowed, arrived in/left,
improved/worsened, resumed/suspended, resume/suspend, resumes/suspends, lifted/imposed, lift/impose, lifting/imposing,
eased/tightened, ease/tighten, easing/tightening, lengthened/shortened, extended/cut short, doubled/halved, doubling/halving, above/below,
entered/left, enter/leave, joined/left, exports/imports, export/import, exported/imported, exporting/importing, longer/shorter,
faster/slower, cheaper/dearer, approved/rejected, approve/reject, allowed/barred, allow/bar, won/lost, strengthening/weakening,
advanced/retreated, deployed/withdrew, more expensive/cheaper, largest/smallest, biggest/smallest, stronger/weaker, before/after,
northern/southern, eastern/western, north of/south of, east of/west of, released/detained, hired/dismissed, added/removed, sped up/slowed down,
started/ended, start/end, begun/ended, began/ended, begins/ends, welcomed/condemned, supported/opposed, supports/opposes
""")
DIRECTIONS_ONE_WAY = tuple(
    tuple(one.split("/"))
    for one in _listed(
        "cut/raised, cuts/raises, reduced/increased, reduce/increase, reduces/increases, reducing/increasing, jumped/slumped,"
        " surged/plunged, soared/plunged, slipped/rose, declined/rose, decline/rise, tumbled/rallied, earlier than/later than,"
        " later than/earlier than, cleared/blocked, return to/leave, returned to/left, halted/resumed, stopped/started,"
        " stop/start, banned/permitted, ban on/permission for, backed/opposed, shut/opened, agreed/refused, agree/refuse"
    )
)
ZH_DIRECTIONS = _pairs("""上升/下降, 上涨/下跌, 上漲/下跌, 增加/减少, 增至/减至, 增至/減至, 升至/降至, 提高/降低, 扩大/缩小, 擴大/縮小, 增长/下降, 增長/下降,
同意/反对, 贊成/反對, 赞成/反对, 批准/否决, 批准/否決, 恢复/中断, 恢復/中斷, 开放/关闭, 開放/關閉, 重开/关闭, 出口/进口, 買入/賣出, 買進/賣出, 买入/卖出, 采购/出售,
支持/反对, 支持/反對, 高于/低于, 高於/低於, 超过/低于, 超過/低於, 放宽/收紧, 放寬/收緊, 延长/缩短, 延長/縮短, 加快/放慢, 最大/最小, 最高/最低, 首次/再次,
抵达/离开, 抵達/離開, 进入/离开, 進入/離開, 上调/下调, 上調/下調, 获释/被捕, 獲釋/被捕, 以北/以南, 以东/以西, 以東/以西, 开始/结束, 開始/結束, 之前/之后, 之前/之後, 欢迎/谴责""")
AR_DIRECTIONS = _pairs("""ارتفع/انخفض, ارتفعت/انخفضت, ارتفاع/انخفاض, زاد/تراجع, زادت/تراجعت, زيادة/تراجع, رفع/خفض, رفعت/خفضت, أعلى/أدنى,
وافق/اعترض, وافقت/اعترضت, فتح/إغلاق, فتحت/أغلقت, افتتح/أغلق, صادرات/واردات, شراء/بيع, تصدير/استيراد, أكبر/أصغر, شمال/جنوب, شرق/غرب, شرقي/غربي, شمالي/جنوبي,
قبل/بعد, دخل/غادر, دخلت/غادرت, عاد/رحل, عادت/رحلت, تأييد/معارضة, أيد/عارض, توسيع/تقليص, بدء/انتهاء, بدأت/انتهت, بدأ/انتهى, استئناف/تعليق, استأنفت/علقت, الإفراج عن/اعتقال,
أكثر من/أقل من, صعود/هبوط, أكد/نفى, أكدت/نفت""")
ZH_SURNAMES = "王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭程曹袁邓鄧许許傅沈曾彭吕呂苏蘇卢盧蒋蔣蔡贾賈丁魏薛叶葉阎閻余潘杜戴夏钟鐘汪田任姜范方石姚谭譚廖邹鄒熊金陆陸郝孔白崔康毛邱秦江史顾顧侯邵孟龙龍万萬段雷钱錢汤湯尹黎易常武乔喬贺賀赖賴龚龔文洪施"
ZH_PLACES = _listed("""北京, 上海, 台北, 臺北, 高雄, 台中, 基隆, 东京, 東京, 马尼拉, 馬尼拉, 华盛顿, 華盛頓, 纽约, 紐約, 深圳, 广州, 廣州, 香港, 厦门, 廈門, 大马士革, 大馬士革, 阿勒颇,
堪培拉, 悉尼, 首尔, 首爾, 釜山, 莫斯科, 河内, 新加坡, 曼谷, 雅加达, 雅加達, 霍姆斯, 贝鲁特, 安卡拉, 洛杉矶, 洛杉磯, 休斯敦, 旧金山, 日内瓦, 武汉, 天津, 海南, 福建, 广东, 廣東""")
ZH_NEW_PLACES = _listed(
    "里斯本, 内罗毕, 奥斯陆, 鹿特丹, 蒙得维的亚, 基多, 卡萨布兰卡, 克拉科夫, 马赛, 哈瓦那"
)
ZH_NEW_PEOPLE = _listed("欧阳志远, 孟庆山, 邱淑芬, 熊家驹, 庞丽华, 聂卫民, 左国强, 耿玉兰, 阮文博, 鲁思齐")
ZH_NEW_FOREIGN = _listed(
    "马丁·霍尔姆, 克拉拉·诺瓦克, 维克托·杜克森, 英格丽·索伦森, 奥斯卡·林奎斯特, 西蒙·法尔班"
)
AR_NEW_PEOPLE = _listed(
    "نبيل الخوري, كريم التميمي, هالة الرفاعي, وليد الصفدي, رانيا بركات, فادي النجار, زياد العطار, سميرة القاضي, ديما زيدان, يوسف الشامي"
)
AR_PLACES = _listed("""دمشق, حلب, حمص, حماة, اللاذقية, طرطوس, إدلب, الرقة, درعا, دير الزور, القامشلي, الحسكة, السويداء, القنيطرة, بيروت, طرابلس,
بغداد, الموصل, أربيل, عمان, أنقرة, إسطنبول, جنيف, باريس, لندن, موسكو, واشنطن, بكين, طوكيو, مانيلا, تايبيه, الدوحة, الرياض, القاهرة""")
AR_NEW_PLACES = _listed("لشبونة, نيروبي, أوسلو, الدار البيضاء, كيتو, هلسنكي, روتردام, داكار, أكرا, كوبنهاغن")
ASYMMETRIC = frozenset(
    _listed("""accused, told, urged, warned, asked, criticised, criticized, praised, attacked, struck, shelled, sued, paid, gave, handed, sent, lent,
invited, visited, hosted, blamed, defeated, arrested, condemned, thanked, supplied, sold, bought, fined, ordered, denied, rejected, dismissed,
blocked, banned, sanctioned, supported, backed, opposed, threatened, promised, offered, granted, approved, summoned, expelled, detained, freed,
released, investigated, charged, convicted, sentenced, informed, reminded, pressed, persuaded, allowed, helped, followed, overtook, replaced,
owes, pays, buys, sells, supplies, accuses, blames, backs, opposes, wants, wanted, expects, expected, lends, asks, urges, warns, rammed, chased,
shadowed, escorted, hit, searched, raided, inspected, audited, licensed, borrowed, received, took, won, beat, demanded, suspended, said, says,
believes, claimed, complained, exports, imports, sends, sending, selling, buying, paying, accusing, asking, give, sell, pay, send, supply, lend,
buy, accuse, blame, refused, welcomed, protested, appealed, complain, let, lets, controls, owns, acquired, invested, recognised, recognized,
    seized, seizes, killed, kills, rescued, rescues, stopped, stops, cut, cuts, grants, hands, denies, rejects, orders, tells, blocks, bans, wins, beats,
    saves, arrests, frees, releases, fines, sues, hits, strikes, attacks, warned, invites, visits, leaves, left, met by, promises, offers, gives, takes,
    seeks, gets, got, lets, bars, clears, blames, demands, threatens, holds, held, found, finds, drops, dropped, brings, brought, carries, carried,
    served, serves, charges, cleared, cleans, returned, returns, shut, shuts, closed, closes, hid, kept, keeps, stole, robbed, defied, defies,
    shot, shoots, led, leads, chose, chooses, elected, elects, taught, teaches, feeds, fed, treats, treated, trains, trained, represents, pulled, pulls""")
)
SYMMETRIC = frozenset(
    [
        "met",
        "talks",
        "talked",
        "agreed",
        "signed",
        "discussed",
        "together",
        "both",
        "jointly",
        "each",
        "mutual",
        "exchanged",
        "clashed",
        "meeting",
        "joint",
        "and",
        "or",
    ]
)
