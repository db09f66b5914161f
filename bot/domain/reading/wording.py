"""How furniture is worded: the patterns behind ``furniture``, in English, Chinese and Arabic.

Each constant is one alternation, in the order English, Chinese (simplified and traditional), Arabic. All are
matched on one stripped line of bounded length, ignoring case unless said otherwise.
"""

from __future__ import annotations

import re

from bot.domain.reading.agencies import NAMES


def _any(*parts: str, tail: str = "", cased: bool = False) -> re.Pattern[str]:
    """Any of the parts, then the tail."""
    return re.compile("(?:" + "|".join(parts) + ")" + tail, 0 if cased else re.IGNORECASE)


# "a" must not match in "article"; Chinese has no spaces to look for
_APART = r"(?!(?<=[a-z\u0600-\u06ff])[a-z0-9\u0600-\u06ff])"

# ------------------------------------------------------------------------------------------- lists of words

_MONTHS = (
    r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?",
    r"يناير|فبراير|مارس|أبريل|إبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر",
    r"كانون (?:الثاني|الأول)|شباط|آذار|نيسان|أيار|حزيران|تموز|آب|أيلول|تشرين (?:الأول|الثاني)",
)
_WEEKDAYS = (
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?",
    r"(?:星期|周|週|礼拜)[一二三四五六日天]",
    r"(?:ال)?(?:اثنين|إثنين|ثلاثاء|أربعاء|خميس|جمعة|سبت|أحد)",
)
_SPAN = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|[hmd])"
TIME_WORD = _any(
    *_MONTHS,
    *_WEEKDAYS,
    rf"(?:an?|\d+) ?{_SPAN}",
    r"\d+(?:st|nd|rd|th|t(?=\d)| ?[ap]\.?m\.?)?|[٠-٩]+|[ap]\.?m\.?|utc|gmt|z|[a-z]?[ecmp][sd]?t|jst"
    r"|hkt|ist|bst",
    r"(?:last |first )?(?:updated|published|posted|modified|created)|on|at|date|local time|just now",
    r"ago|yesterday|today|read(?:ing time)?|min(?:ute)?s?|time",
    r"[年月日号號时時分秒]|上午|下午|晚上|(?:小时|小時|分钟|分鐘|天|秒)前?|刚刚|昨天|今天",
    r"发布(?:时间|于)?|發佈(?:時間)?|發布(?:時間)?|更新(?:时间|時間|于|於)?|时间|時間|阅读",
    r"منذ|قبل|آخر تحديث|نشر(?:ت)?|تاريخ النشر|في|بتاريخ|بتوقيت|غرينتش|الساعة|تحديث|[صم]",
    r"ساع(?:ة|ات|تين)|دق(?:يقة|ائق|يقتين)|يوم(?:ين)?|أيام",
    tail=_APART,
)
TIME_PIVOT = _any(r"\d|[٠-٩]|ago\b|yesterday|just now|今天|昨天|刚刚|منذ", *_WEEKDAYS)

SHARE_WORD = _any(
    r"share|save|facebook|twitter|tweet|x|whatsapp|e-?mail|print|copy|link(?:edin)?|telegram|reddit",
    r"pinterest|messenger|flipboard|bluesky|threads|article|story|comments?|gift|listen|bookmark|pocket|click|here|social|media",
    r"line|wechat|weibo|this|on|via|to|a|and|font|text|size|aa|toggle|play|\d+",
    r"分享(?:到|至)?|微信|微博|朋友圈|qq空间|qq|复制链接|打印|收藏|点赞|评论|字号|[大中小]|轉發"
    r"|转发|列印|臉書|推特",
    r"شارك(?:ها|ه)?|مشاركة|المشاركة|فيسبوك|تويتر|واتساب|تلغرام|تليغرام|طباعة|حفظ|إرسال|نسخ|الرابط",
    r"إكس|على|بريد|البريد|الإلكتروني|استمع",
    tail=_APART,
)
SHARE_PIVOT = _any(
    r"share|tweet|facebook|twitter|whatsapp|e-?mail|print|copy link|bookmark|listen|save",
    r"分享|微信|微博|打印|收藏|轉發|转发",
    r"شارك|مشارك|فيسبوك|تويتر|واتساب|طباعة|استمع|نسخ",
)

# --------------------------------------------------------------------------- captions, credits, bylines

_PHOTO = (
    r"(?:file |handout )?(?:photo(?:graph(?:er|y|s)?|s)?|image|picture|illustration|video grab"
    r"|screenshot|graphic)"
)
_STOCK = r"(?:Getty(?: Images)?|EPA(?:-EFE)?|Shutterstock|SIPA|NurPhoto|iStock|غيتي(?: إيمجز)?)"
_SLASHED = r"(?:REUTERS|Reuters|AFP|AP|AP Photo|EPA|Xinhua|Anadolu|TASS|Kyodo|Bloomberg|Getty Images)"
CAPTION_START = _any(
    r"(?:an? )?(?:file|archive|handout|undated|representational) ?(?:photo|picture|image|pic)\b",
    rf"(?-i:FILE)\s?[-–—:]|{_PHOTO}(?: caption\b| shows?\b|\s?:)|caption:|pictured:|image caption",
    r"(?:this|an?|in this) (?:(?:file|handout|undated|aerial|combination|still|satellite) )*"
    r"(?:photo(?:graph)?|image|picture|screengrab)\b[^.]{0,80}\b(?:shows?|released|provided|taken|made)\b",
    r"(?:资料|資料|示意|档案|檔案)[图圖照片]|[图圖](?:片|为|為|左|右|中|说|說|源)?[:：，]"
    r"|[图圖][为為]|[▲△↑▼]",
    r"(?:صورة|لقطة) (?:أرشيفية|ملتقطة|نشرت|وزعت|جوية|تعبيرية)|صورة ?[:：]",
)
CAPTION_END = _any(
    rf"[\[(（【]\s*(?:(?i:{_PHOTO})|(?i:credits?|source|courtesy))\b[^\])）】]{{0,90}}[\])）】]",
    rf"[\[【](?:[^\]】]{{0,60}}[/,、| ])?(?:{NAMES}|{_STOCK}|Al Jazeera|الجزيرة)[^\]】]{{0,40}}[\]】]",
    rf"[(（](?:[^()（）]{{0,60}}[/、｜|])?\s*(?:AP Photo|{NAMES}"
    rf"|{_STOCK})(?:[/、, ][^()（）]{{0,60}})?[)）]",
    rf"\b{_SLASHED}\s?/\s?[^.]{{2,60}}",
    rf"(?:/|\bvia )\s?(?:{_SLASHED}|{_STOCK}|SANA)\b[^.]{{0,30}}",
    rf"\b(?i:{_PHOTO}|credit|courtesy)(?i: by| credit| courtesy(?: of)?)?\s?:[^.]{{2,60}}",
    r"\b(?:Photo|PHOTO|Photograph|Image|Picture) by [^.]{2,60}|(?i:getty images)",
    r"[(（]?(?:新华社|中新社|新華社)?(?:记者|記者)?\s?\S{1,10}\s?[摄攝][)）]?",
    r"[(（](?:图|圖|摄影|攝影|资料图|資料照|美联社|路透)[^)）]{0,30}[)）]",
    r"(?:تصوير|عدسة|صورة)\s?[:：/]\s?.{2,40}",
    tail=r"[.。]?$",
    cased=True,
)
CREDIT = _any(
    rf"(?i:{_PHOTO}|credits?|image source|courtesy)(?i: by| credit| courtesy(?: of)?)?\s?[,:]\s?.{{2,60}}",
    rf"(?i:{_PHOTO}) (?:by|courtesy of) .{{2,60}}|AP Photo.{{0,60}}",
    rf"[\[(（【]?\s*(?:{NAMES}|{_STOCK})(?:\s?(?:/|via|,|、|-)\s?[^.。]{{2,50}})?\s*[\])）】]?",
    rf"[\[(（【]?[^./。]{{2,50}}/\s?(?:{_SLASHED}|{_STOCK})(?: via .{{2,30}})?[\])）】]?",
    rf"[\[(（【](?:{_PHOTO}|credit|source)[^\])）】]{{2,90}}[\])）】]",
    r"(?:图片?来源|圖片來源|图源|圖源|摄影|攝影|供图|[图圖]\s?[/／丨])\s?[:：/]?.{1,30}",
    r"(?:新华社|中新社|新華社|本报)?(?:记者|記者)\s?\S{1,10}\s?[摄攝]",
    r"(?:مصدر الصورة|تصوير|الصورة)\s?[:：/،,]?\s?.{2,40}",
    cased=True,
)
BRACKETED = re.compile(r"[\[(（【][^\[\]()（）【】]{2,60}[\])）】]")
BYLINE = _any(
    r"(?:By|BY|Written by|Reported by|Edited by|Story by|Words by|Analysis by|Text by|by)[:\s]+(?-i:[A-Z])"
    r"(?:[^.!?]|\b[A-Z]\.|Jr\.){1,90}",
    r"(?i:from our (?:\w+ )?correspondents?|(?:staff|foreign|diplomatic) (?:writers?|reporters?"
    r"|correspondents?))",
    r"(?:[A-Z][\w'’-]+ ){1,3}(?:Staff|[Ss]taff [Ww]riters?|News Desk|Correspondent|Web Desk|Reporter)",
    r"Sources?: .{2,60}|[A-Z]\S+(?: \S+){0,3} (?:correspondent|editor|reporter|bureau chief)s?(?:, .{2,40})?",
    r"Reporting from [A-Z].{2,40}|.{2,80} contributed (?:reporting|to this (?:report|story|article)).{0,30}",
    r"\(?(?:Additional )?(?:[Rr]eporting|[Ww]riting|[Ee]diting) by .{2,300}",
    r"(?:本报|本報|特约|特約|驻\S{1,6})?(?:记者|記者|作者|撰文|编辑|編輯|责任编辑|責任編輯|责编"
    r"|責編|校对|编译|編譯|来源|來源"
    r"|文)\s?[:：/丨|／ ]\s?.{1,40}",
    r"[（(【\[](?:编辑|編輯|责编|責編|责任编辑|記者|记者)[^）)】\]]{1,40}[)）】\]]",
    r"(?:بقلم|كتبت?|إعداد|تحرير|المصدر|مراسل(?:نا)?|الكاتب)(?: ?[:：/] ?| )[^.؟!:]{2,60}",
    cased=True,
)

# ------------------------------------------------------------------------------------- ways to other stories

_THINGS = (
    r"(?:stories|story|articles?|content|topics?|coverage|news|posts?|links?|reading|reports?|headlines"
    r"|updates)"
)
SECTION = _any(
    rf"(?:(?:read|see|watch|find) )?more(?: (?:from|on|in|about|at|top|{_THINGS})\b.{{0,50}})?",
    rf"also (?:in|on|from|read)\b.{{0,40}}|related(?: {_THINGS})?|(?:what to )?read (?:next|more|also|on)",
    rf"recommended(?: (?:for you|{_THINGS}))?|keep reading|up next|next up|now read|see also"
    rf"|must[ -]reads?",
    r"(?:stories )?you (?:may|might|may also|might also) (?:like|be interested in|have missed"
    r"|want to read)",
    rf"in case you missed it|icymi|trending(?: (?:now|{_THINGS}))?|popular(?: now| reads)?|headlines",
    rf"(?:the )?most[ -](?:read|popular|viewed|shared|watched|recent)(?: (?:in|on|{_THINGS})\b.{{0,30}})?",
    rf"(?:today['’]s )?(?:top|other|latest|recent|featured|further|breaking|live|more)(?: \w+)? {_THINGS}",
    r"(?:the )?latest(?: (?:from|in|on) .{2,30})?|editors?['’]?s?['’]? ?(?:picks?|choice"
    r"|selection)|don['’]?t miss",
    r"elsewhere(?: (?:in|on|today)\b.{0,30})?|in other news|other news|world in brief|news in brief"
    r"|in brief",
    r"from (?:our partners|around the web|the (?:web|archive|magazine))|around the (?:web|world|region)",
    r"list of \d+ items?|promoted (?:stories|content)|what (?:else )?we['’]re (?:reading|watching)",
    r"(?:相关|相關|延伸|推荐|推薦|更多|热门|熱門|最新|其他|其它|精彩|头条|頭條|今日|往期|编辑|編輯"
    r"|猜你|大家)的?"
    r"(?:新闻|新聞|阅读|閱讀|报道|報道|報導|文章|推荐|推薦|内容|內容|排行|消息|资讯|資訊|要闻|要聞"
    r"|话题|話題|精选|精選|热点|熱點"
    r"|喜欢|喜歡|都在看|链接|連結|国际新闻|國際新聞|回顾|專題|专题|视频|影音)",
    r"(?:更多|其他)[^，。,]{0,10}(?:新闻|新聞|报道|報道|報導|消息|内容|文章)|你可能(?:也"
    r"|还)?(?:感兴趣|会?喜欢)[^，。]{0,6}|点击排行|看更多",
    r"(?:اقرأ|إقرأ|شاهد|تابع|انظر) (?:أيضا|أيضاً|أيضًا|المزيد)|المزيد(?: (?:من|في|عن|حول)\s.{1,40})?",
    r"(?:مواضيع|موضوعات|أخبار|مقالات|تقارير|قصص|محتوى) (?:ذات صلة|متعلقة|مشابهة|أخرى|مقترحة|مختارة)"
    r"|ذات صلة",
    r"الأكثر (?:قراءة|مشاهدة|تداولا|شيوعا)|قد (?:يعجبك|يهمك)(?: (?:أيضا|أيضاً|أيضًا))?|عناوين أخرى",
    r"(?:آخر|أحدث|أهم|أبرز) (?:الأخبار|المستجدات|العناوين)|اخترنا لك(?:م)?",
)
LINK = _any(
    r"(?:read|see|watch|also|more|related|recommended|don['’]?t miss)"
    r"(?: (?:more|also|next|related|read|on this|here|{t}))?\s?[:：|]".replace("{t}", _THINGS),
    r"read (?:more|also) ?[|>»–—-]",
    r"[\[【]?(?:相关|相關|延伸|推荐|推薦|更多)(?:新闻|新聞|阅读|閱讀|报道|報導"
    r"|文章)[\]】]?\s?[:：|]|另见\s?[:：]",
    r"(?:اقرأ|إقرأ|شاهد) (?:أيضا|أيضاً|أيضًا|المزيد)\s?[:：|]|ذات صلة\s?[:：]|للمزيد\s?[:：]",
    tail=r"\s*(?P<rest>\S.{7,200})",
)
_MORE = (
    r"read (?:more|on|(?:the )?(?:full|whole) (?:story|article|report))|continue reading|full story",
    r"阅读(?:更多|全文|原文)|閱讀(?:更多|全文)|查看(?:更多|全文|详情)|查看詳情|看更多|繼續閱讀|[點点][击擊]查看",
    r"(?:اقرأ|إقرأ|لقراءة|تابع|لمتابعة) (?:المزيد|القراءة|البقية|التفاصيل)|للمزيد",
)
MORE = _any(
    r"[\s.…\[(]*(?:" + "|".join(_MORE) + r"|learn more|see more|show more|view more|more|全文|更多|详情|詳細"
    r"|المزيد|التفاصيل)[\s»›>→▸….\])]*"
)
MORE_TAIL = re.compile(
    r"(?:(?<=[.…。!?؟,\s])|[\[(])\s*(?:" + "|".join(_MORE) + r")[\s»›>→▸….\])]*$", re.IGNORECASE
)

# ---------------------------------------------------------------------------------------------- page chrome

COOKIE = _any(
    r"\b(?:we|our (?:site|partners)|this (?:web)?site)\b.{0,60}\b(?:cookies|tracking technologies)\b",
    r"\b(?:accept|reject|allow|manage|decline)(?: all)?(?: my)? (?:cookies|consent|preferences)\b",
    r"\bcookie (?:policy|settings|preferences|notice)|do not sell (?:or share )?my",
    r"\byour (?:privacy|consent)\b.{0,40}\b(?:choices|matters|preferences|settings)",
    r"(?:使用|接受|关于|關於).{0,12}cookies?|cookies?.{0,10}(?:政策|设置|設定)",
    r"ملفات (?:تعريف الارتباط|الكوكيز)|الكوكيز|سياسة الخصوصية",
)
APPEAL = _any(
    r"\bsubscribe (?:to|now|today|for|here)\b|\b(?:become|already) a (?:subscriber|member|supporter)",
    r"\bsign up (?:for|to|here|now|as)\b|\b(?:sign|log)[ -]?in to (?:read|continue|your|comment)",
    r"\b(?:our|the|a|daily|weekly|free|morning|evening|email) (?:\w+ ){0,3}newsletters?\b|\b(?:to"
    r"|in) your inbox",
    r"\bsupport (?:our|independent|quality) (?:\w+ )?journalism|\bdonat(?:e|ion) (?:now|today|to support)",
    r"\b(?:create|start) (?:a|your) (?:free )?(?:account|trial)|\bfree trial\b|\bcancel any ?time\b",
    r"\b(?:get|download) (?:our|the) (?:\w+ ){0,3}app\b|\bfollow us\b|\b(?:like|find) us on facebook",
    r"^follow (?:\S+ ){0,4}on (?:twitter|x|facebook|instagram|telegram|whatsapp|google|threads|bluesky)",
    r"\bfollow (?:him|her|them) on\b|\bmay be reached at\b|\bcan be reached at\b",
    r"\bjoin (?:us|our) (?:\w+ )?(?:on|channel|community|conversation|group)|\b(?:have"
    r"|got) a (?:news )?tip\b",
    r"\benable notifications|\bget (?:the latest|breaking|our|news)\b.{0,60}(?:alerts?|inbox|delivered)",
    r"\bunlock (?:this|full|unlimited)|\bto continue reading\b|\bsubscribers?[- ]only\b"
    r"|\blimited time offer",
    r"\bleave (?:us )?a comment|\bcomments are (?:closed|moderated)|\btell us what you think"
    r"|\bregister (?:now|for free)",
    r"\bthis (?:article|story) is (?:for|available to) (?:subscribers|members)",
    r"订阅.{0,12}(?:通讯|频道|邮件|新闻|电子报|我们|更多)|訂閱|[扫掃][码碼描]|关注(?:我们|本台|微信"
    r"|公众号)|關注我們",
    r"下[载載].{0,8}(?:APP|客户端|应用)|加入会员|电子报|電子報|登录后|微信公众号|支持我们的",
    r"اشترك|الاشتراك في|النشرة (?:البريدية|الإخبارية)|نشرتنا|تابعونا|تابعنا|حم[لّ]{1,2} (?:التطبيق|تطبيق)",
    r"انضم (?:إلى قناة|إلينا|لقناة)|قناتنا|سجل (?:الآن|الدخول)|تبرع (?:الآن|لنا)",
)
REPORTED = _any(r"\b(?:said|says|told|according to|announced|urged)\b", r"表示|[称稱说說]", r"قال|أعلن|أكد")
WEATHER = _any(
    r"-?\d{1,3}\s?°\s?[CF]?\b|\d{1,3}\s?℃|°\s?[CF]?\b|\b\d{1,2} ?degrees? celsius|湿度|濕度|气温|氣溫"
)
WEATHER_WORD = _any(
    r"\b(?:weather|forecast|humidity|cloudy|sunny|clear|rain|showers|wind|high|low|feels like"
    r"|to(?:day|night|morrow))\b",
    r"天气|天氣|多云|多雲|[晴阴陰雨]",
    r"الطقس|غائم|مشمس|صحو|الرطوبة|درجة",
)
ADVERT = _any(
    r"(?:-+ ?)?(?:advertis(?:ements?|ing)|sponsored(?: (?:content|by.{0,40}))?|promoted"
    r"|paid (?:post|content)|ads?"
    r"|(?:story|article) continues (?:below|after).{0,40}|scroll (?:down )?to continue.{0,30}"
    r"|skip ad(?:vertisement)?"
    r"|remove ads?|ad feedback|loading\.*"
    r"|推广|广告|廣告|赞助内容|إعلان(?:ات)?|محتوى ممول|اعلان)(?: ?-+)?[.:：]?",
)
LEGAL = _any(
    r"©|\(c\)\s*\d{4}|copyright\b|all rights reserved|our standards: the thomson reuters"
    r"|privacy (?:policy|notice)",
    r"terms (?:of|and) (?:use|service|conditions)|this (?:material|story"
    r"|content) may not be (?:published|reproduced)",
    r"published under licen[cs]e|版权所有|版權所有|[未][经經].{0,12}(?:许可|授权|授權|書面)|京ICP",
    r"جميع الحقوق محفوظة|حقوق (?:النشر|الطبع)",
)
NAV_LINE = _any(
    r"skip to (?:main )?content|(?:main |open )?menu|home(?: ?page)?|search|(?:sign|log) ?in"
    r"|sign ?up|register|subscribe",
    r"my account|live(?: tv| now| blog)?|watch(?: live)?|back to (?:top|home)|about(?: us)?"
    r"|contact(?: us)?|advertise(?: with us)?",
    r"help|faq|careers|site ?map|newsletters?|podcasts?|videos?|photos?|e-?paper|next(?: page)?"
    r"|previous(?: page)?|close",
    r"(?:show|view|see) all|show more|load more|all news|sections?|topics?|language|english|edition"
    r"|follow|sport|comments",
    r"end of list|list \d+ of \d+|explore more\b.{0,40}|reuse this content"
    r"|(?:tags?|filed under|topics) ?[:|].{0,80}|page \d+ of \d+",
    r"首页|首頁|登录|登錄|登入|注册|註冊|搜索|搜尋|返回(?:首页|顶部)?|关于我们|關於我們|联系我们"
    r"|聯絡我們|导航|菜单|中文|上一[页篇].{0,40}|下一[页篇].{0,40}",
    r"网站地图|網站地圖|(?:关键词|关键字|標籤|标签)[:：].{0,60}",
    r"الرئيسية|بحث|القائمة|تسجيل الدخول|من نحن|اتصل بنا|العودة إلى الأعلى|(?:انتقل"
    r"|تخطي) إلى المحتوى|العربية",
    r"(?:الوسوم|كلمات مفتاحية|الكلمات المفتاحية) ?:?.{0,60}",
)
NAV_SPLIT = re.compile(r"\s*[|｜>›»·•]\s*|\s+/\s+|\s{3,}|\t")
_TAIL = r"(?:\s?(?:[|｜/>›•·:丨]|\s-\s)\s?[\w’'& -]{2,30})*"
KICKER = _any(
    r"(?:news |in )?(?:analysis|opinion|explainer|exclusive|breaking(?: news)?|interview|feature"
    r"|editorial|commentary"
    r"|investigation|in depth|in pictures|long read|fact[ -]check|live updates|special report"
    r"|developing|perspective"
    r"|the big read|profile|comment|viewpoint|world(?: news| affairs)?|middle east(?: (?:&"
    r"|and) (?:north )?africa)?"
    r"|asia(?:[ -]pacific)?|indo-pacific|china|us-china|syria|politics|news|defen[cs]e|security"
    r"|diplomacy|business"
    r"|economy|geopolitics|international|national security|conflict|military|united states|taiwan"
    r"|south china sea)" + _TAIL,
    r"(?:分析|评论|評論|国际|國際|独家|獨家|观点|觀點|要闻|要聞|专题|專題|深度|社论|社論|时事|時事"
    r"|时政|政治|军事|軍事|两岸|兩岸"
    r"|中东|中東|亚太|亞太|突发|快讯|快訊|专访|專訪|观察|觀察|解读|财经|財經|全球|國際新聞"
    r"|国际新闻)" + _TAIL,
    r"(?:تحليل|تقرير|تقارير|أخبار|سياسة|رأي|عاجل|حصري|خاص|مقالات|مقابلة|الشرق الأوسط|عربي"
    r"|عربي ودولي|دولي|العالم|آسيا"
    r"|سوريا|اقتصاد|منوعات|تحقيق|ملف|مقال)" + _TAIL,
)
