"""Takes out of articles what is no news: hidden characters, page furniture, and notes to machines.

Article text is data. An instruction in it should change nothing, and the simplest way is that no summarizer
and no check ever sees it: a payload that stays in a source would count as support for itself.
"""

from __future__ import annotations

import re
import unicodedata

from bot.domain.summaries.signs import Signs

STEERING = Signs(
    (
        (
            "ignor|disregard|forget|overrid",
            r"""\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget|overrid(?:e|ing))\s+(?:\w+\s+){0,4}?
                (?:instructions?|rules|prompts?|guidelines|directions)\b""",
        ),
        ("prompt", r"\b(?:system|developer)\s*prompt\b"),
        ("your", r"\byour\s+(?:system\s+|original\s+)?(?:instructions|prompt|guidelines)\b"),
        (":", r"\b(?:language\s+models?|llms?|ai)\s+(?:assistants?\s*)?:"),
        ("dear", r"\bdear\s+(?:language\s+model|llm|ai|chatgpt|claude|gemini|assistant|summari[sz]er)\b"),
        (
            "assistant|agent|summari|reader",
            r"""\b(?:ai|llm|automated|machine)[\s-]+(?:assistants?|agents?|summari[sz]ers?|readers?)\s*
                (?:,|:|must|should|shall|are\s+(?:required|instructed|asked|to)|please|need\s+to|have\s+to)""",
        ),
        (
            "model|system",
            r"""\b(?:ai|language)[\s-]+(?:models?|systems?)\s*(?:,\s*please|must|should|shall|please)\s+
                (?:always\s+)?
                (?:state|say|mention|write|include|ignore|output|respond|report\s+that|add|answer|print|repeat)\b""",
        ),
        (
            "note|message|instruction|reminder",
            r"""\b(?:note|message|instructions?|reminder)\s+(?:to|for)\s+(?:all\s+|any\s+|the\s+)?
                (?:ai|llms?|assistants?|(?:language\s+)?models?|summari[sz]ers?|bots?|editors?)\b""",
        ),
        (":", r"^\W*(?:editors?|assistants?|summari[sz]ers?|ai|system|assistant|user|developer)\s*:"),
        (
            "_|system|assistant|user|endoftext",
            r"""<?\|/?\s*(?:im_start|im_end|system|assistant|user|endoftext|end_of_turn|start_header_id|eot_id)
                \s*\|>?""",
        ),
        (
            "[",
            r"""\[/?\s*(?:inst|sys|system|(?:end\s+)?(?:of\s+)?(?:source|article|passage|document)\s*\w*)\s*\]""",
        ),
        (
            "<",
            r"""<</?sys>>
                | </?\s*(?:article|source|passage|document|system|assistant|user|instructions?)[\w-]*
                    [^>]*>""",
        ),
        ("only", r"\b(?:respond|reply|answer|write|output|print)\s+only\s+(?:in|with|the)\b"),
        ("must", r"\byou\s+must\s+(?:answer|respond|reply|output)\s+(?:with|in|only)\b"),
        ("from", r"\bfrom\s+now\s+on\b[^.]{0,40}\b(?:respond|reply|answer|write|speak|include|output)\b"),
        (
            "sentence|summary|answer|response|brief",
            r"""\b(?:begin|start|end|finish|close)\s+(?:each|every|all|the|your)\s+
                (?:sentence|summary|answer|response|brief)s?""",
        ),
        (
            "always|must|please",
            r"\b(?:always|must|please)\s+(?:end|begin|start|finish)\s+(?:the|your|each|every|any)\b",
        ),
        (
            "summary|headline|answer|output",
            r"""\b(?:the|your)\s+(?:summary|headline|answer|output)\s+
                (?:must|should|shall|has\s+to|needs\s+to)\b""",
        ),
        (
            "repeat",
            r"""\brepeat\s+(?:your|the|all|everything)\b[^.]{0,40}\b(?:prompt|instructions?|above|system)\b""",
        ),
        (
            "summari",
            r"""\b(?:when|if|before)\s+(?:you\s+(?:are\s+)?)?summari[sz](?:e|ing)\b[^.]{0,60}
                \b(?:must|always|include|mention|add|say|write)\b""",
        ),
        ("headline|sentences|passages", r"""["']?\b(?:headline|sentences|passages)["']\s*:\s*["\[{]"""),
        ("only", r"\b(?:respond|reply|answer|write|output)\s+in\s+\w+\s+only\b"),
        (
            "debugging|testing",
            r"\bfor\s+(?:debugging|testing)\b[^.]{0,30}\b(?:append|print|output|repeat|reveal)\b",
        ),
    ),
    han=r"""
      (?:忽略|无视|忘记|不要理会|忽視|無視)[^。]{0,12}(?:指令|指示|提示|规则|說明|说明|要求)
    | (?:人工智能|(?<![A-Za-z])AI|大?语言模型|語言模型|摘要(?:系统|程序|助手))\s*(?:助手|模型|系统)?\s*
          (?:必须|应当|应该|请|，请)
    | (?:系统|系統)提示(?:词|詞)? | (?:摘要|标题|標題)(?:中|里|裡)?(?:必须|务必|一定要)
    | (?:输出|打印|重复|透露|輸出|列印|重複|透露|复述)[^。]{0,12}(?:规则|指令|提示|設定|设定|規則)
    | (?:标签|標籤)(?:里|裡|中|内|內)?的?(?:随机|隨機|编号|編號)
    | ^\W*(?:来源|來源|文章|资料|資料)\s*[一二三四五六七八九十\d]{1,3}\s*[:：]
    | 请?(?:只|仅|僅)(?:用|能用|以)[^。]{1,6}(?:回答|作答|输出|書寫|书写)
    """,
    arabic=r"""
      (?:اطبع|اكتب|كرر|كرّر|أظهر|اكشف)[^.]{0,20}(?:القواعد|التعليمات|تعليمات|الأوامر|النظام)
    | (?:أجب|اكتب|رد)\s+ب\S+\s+فقط | (?:أنظمة|نظام|برامج|برنامج)\s+التلخيص
    | الرقم\s+العشوائي | ^\W*(?:المصدر|المقال)\s+(?:\d+|ال\w+)\s*:
    | (?:عزيزي|أيها)\s+(?:القارئ\s+الآلي|المساعد|البرنامج)
    | (?:تجاهل|تجاهلوا|انس|اهمل|أهمل)[^.]{0,20}(?:التعليمات|الأوامر|القواعد|الإرشادات)
    | (?:أيها|عزيزي)\s+(?:النموذج|المساعد|الذكاء)(?:\s+(?:اللغوي|الذكي|الاصطناعي))?
    | يجب\s+على\s+(?:الذكاء\s+الاصطناعي|النموذج|المساعد(?:\s+الذكي)?|نماذج\s+اللغة)
    """,
    flags=re.VERBOSE | re.MULTILINE,
)
"""Sentences that speak to a machine. It catches what is clumsy; frame and check are there for the rest."""

_ENDINGS = (
    "com|net|org|info|biz|io|co|me|ai|app|dev|ru|cn|xyz|top|site|online|club|link|live|shop|store|vip|win|click"
    "|promo|example|test|invalid"
)
DOMAIN = rf"\b(?:[a-z0-9-]+(?:\.|\s?[\[(]\.[\])]\s?))+(?:{_ENDINGS})\b(?:/\S*)?"
"""A bare address, also with its dots in brackets."""

ADDRESS = Signs(
    (
        ("http|hxxp|www.", r"https?:|hxxps?:|\bwww\."),
        ("@", r"(?<!\w)@\w{3,}|\b[\w.+-]+@[\w-]+\.\w+"),
        ("t.me/", r"\bt\.me/"),
        ("0x|bc1", r"\b0x[0-9a-f]{20,}\b|\bbc1[0-9a-z]{20,}\b"),  # wallets
        ("|".join(["[.", "(.", *(f".{ending}" for ending in _ENDINGS.split("|"))]), DOMAIN),
        (
            "buy|click|visit|join|subscribe|sign up|download|donate",
            (
                r"(?:^|[.!:;]\s+|\bplease\s+)(?:buy|click|visit|join|subscribe|sign up|download|donate)\b"
                r"[^.]{0,40}\b(?:now|today|here|our|link|channel|website|app|coin|token|newsletter)\b"
            ),
        ),
    ),
    han=r"(?:点击|扫码|关注|加入|订阅|下载)[^。]{0,12}(?:链接|公众号|频道|二维码|群|客户端|我们)",
    arabic=r"(?:اشترك|تابعونا|انقر|اضغط|حمّل|انضم)[^.]{0,30}(?:هنا|قناتنا|الرابط|التطبيق|صفحتنا|قناة)",
)
"""Advertising and addresses: never part of a summary, whoever writes them."""

SELLING = Signs(
    (
        ("you", r"\b(?:you|your|yours|yourself|you'(?:re|ll|ve))\b"),
        (
            "",
            (
                r"^\W*(?:buy|order|call|text|click|visit|join|subscribe|sign\s+up|download|donate|invest|vote|share"
                r"|follow|send|tell|get|grab|claim|try|hurry|act|check\s+out|contact|register|book|enjoy|discover|save)\s+"
                r"(?:(?:the|our|this|these|it|now|here|today|us|a|an|everyone|more|at\s+least|\+?\d)\b"
                r"|(?!for\b)[^.]{0,70}\b(?:now|today|here|online|before\s+midnight)\b)"
            ),
        ),
        ("miss", r"^\W*don'?t\s+miss\b"),
        (
            "limited|money|risk|free|promo|code|coupon|best|special|%|guaranteed|sponsored|now|stocks|must|world",
            (
                r"\b(?:limited[\s-]time|money[\s-]back|risk[\s-]free|free\s+(?:trial|shipping|gift)"
                r"|promo(?:tion)?\s*code|discount\s+code|use\s+code|coupon|best\s+(?:price|deal|investment|buy)s?"
                r"|special\s+offer|\d+\s?%\s+off|guaranteed\s+(?:returns?|profits?|income)|sponsored\s+by|act\s+now"
                r"|order\s+now|buy\s+now|while\s+stocks\s+last|(?:double|triple)\s+(?:his|her|their|one's)\s+money"
                r"|must[\s-]have|world'?s\s+(?:best|finest|leading)\s)"
            ),
        ),
    ),
    han=(
        r"您|你们|你的|你可|你将|亲爱的|请(?:立即|马上|点击|扫码|拨打|关注|加入|购买|访问|投票|转发|联系)|(?:立即|马上|赶快)(?:购买|下单|注册|抢购|加入|投资)"
        r"|優惠碼|优惠码|折扣码|限时(?:优惠|特价)|限時(?:優惠|特價)|稳赚|穩賺|保证(?:收益|盈利)|最佳投资|最佳投資|買一送一|买一送一|立即(?:購買|註冊|搶購|下單)|請(?:立即|馬上|點擊|掃碼|撥打|加入|購買|投票)|你們|妳"
    ),
    arabic=(
        r"(?:^|\s)(?:اشتر|اشتري|اشتروا|اتصل|اتصلوا|احصل|احصلوا|سارع|سارعوا|انضم|انضموا|سجل\s+الآن|استثمر|استثمروا|تبرع|تبرعوا|صوتوا|اطلب|اطلبوا|شاركوا|زوروا|لا\s+تفوت)(?=\s|$)"
        r"|كود\s+(?:الخصم|خصم)|عرض\s+(?:خاص|محدود)|لفترة\s+محدودة|أرباح\s+مضمونة|أفضل\s+استثمار|خصم\s+\d+|(?:^|\s)(?:أنتم|أنت|لكم|بإمكانك|بإمكانكم|يمكنك|يمكنكم|أموالك|أموالكم|هاتفك|حسابك)(?=\s|$|[.،])"
    ),
)
"""The second person, commands and what adverts say. News has them in quotations, which are left out first."""
_SPOKEN = re.compile(r'"[^"]*"|“[^”]*”|«[^»]*»|「[^」]*」|『[^』]*』|‘[^’]*’(?!\w)')

FURNITURE = Signs(
    (
        (
            "subscribe|newsletter|follow us|click here|sign up ",
            r"\bsubscribe\b|newsletter|follow us|click here|sign up (?:as|for|to)\b",
        ),
        ("read ", r"^\W*read (?:more|also)\b"),
        ("all rights reserved|cookies", r"all rights reserved|accept (?:all )?cookies"),
        (
            "copyright|©|whatsapp",
            r"\bcopyright\s*(?:©|\(c\)|\d{4})|©|whatsapp (?:channel|group)",
        ),
        (
            "getty images|photo|image",
            r"\bgetty images\b|file photo|\bphoto(?:graph)?s?\s*(?:by|:|/)|\bimage\s*(?:by|:|source)",
        ),
        (
            "watch|listen|related|advertisement|sponsored|see also|more on",
            r"^\W*(?:watch|listen|related|advertisement|sponsored|see also|more on)\s*(?:[:|–—]|now|here|$)",
        ),
        ("live update|note", r"^\W*(?:live updates?|editor'?s note|correction note)\b"),
        (
            "reporting|writing|editing|compiled|translated",
            r"^\W*(?:additional\s+|with\s+)?(?:reporting|writing|editing|compiled|translated)\s+by\b",
        ),
        (
            "contributed to this|this story|this article",
            (
                r"\b(?:contributed to this (?:report|story|article)"
                r"|this (?:story|article) (?:was|has been|is)\b)"
            ),
        ),
        (
            "by",
            r"^\W*(?-i:By|BY)\s+(?-i:[A-Z])[\w.'’-]+(?:\s+(?-i:[A-Z])[\w.'’-]+){1,3}\s*(?:\||$)",
        ),
    ),
    han=(
        r"责任编辑|責任編輯|版权所有|未经授权(?:不得|禁止|转载)|转载请|扫描二维码|原标题|点击查看|更多新闻"
        r"|^\W*(?:编辑|记者|来源|责编|图)[:：/]"
    ),
    arabic=(
        r"جميع الحقوق محفوظة|اقرأ أيضا|اقرأ المزيد|إقرأ أيضا|تابعونا"
        r"|المصدر\s*:|شاهد أيضا|^\W*(?:تحرير|صورة|الصورة)\s*:"
    ),
)
"""What stands around news: bylines, credits, calls to subscribe."""

_PLACE = r"[A-Z][\w.'’-]*(?:[ ,/]+[A-Z][\w.'’-]*){0,4}"
_DAY = r"(?:,?\s+[A-Z][a-z]{2,8}\.?\s+\d{1,2}(?:,?\s+\d{4})?)?"
_DATELINE = re.compile(
    rf"^\W*(?:"
    rf"{_PLACE}{_DAY},?\s*\([^()]{{2,40}}\)\s*[-–—―:]+\s*"  # BEIJING, Nov. 3 (Reuters) -
    rf"|[A-Z][A-Z.'’ /-]{{2,40}}{_DAY}(?:,\s*[A-Z][\w. ]{{2,20}})?\s+[-–—―]+\s+"  # MANILA, Philippines —
    rf"|\([A-Z][\w. ]{{1,20}}\)\s*[-–—―]+\s*"  # (CNN) --
    rf"|\w{{2,20}}\.com,\s*[A-Z][A-Z ]{{2,30}}\s*[-–—]\s*"  # Outlet.com, JAKARTA –
    rf"|(?:中新网|中新社|新华社|新華社|人民网|央视网|中央社|法新社|路透社)[^。，,]{{0,24}}?电\s*(?:[（(][^）)]{{1,30}}[）)])?\s*"
    rf"|[（(](?:中央社|新华社|新華社|法新社|路透社)[^）)]{{0,40}}[）)]\s*"
    rf"|[\u0621-\u064a]{{3,20}}(?:\s*[،,/-]\s*[^()]{{2,25}})?\s*\([^()]{{2,30}}\)"  # دمشق (رويترز) -
    rf"\s*[-–—:]\s*"
    rf")"
)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_TOKEN = re.compile(r"<\s*\|/?\s*[a-z_]{2,20}\s*\|\s*>", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_SUFFIX = re.compile(r"\s+(?:[-–—|»·]|::|//)\s+([^|»·]{2,40})$")
_PRESS = re.compile(
    r"\b(?:news|times|post|herald|tribune|daily|journal|gazette|guardian|reuters|ap|afp|bbc|cnn|al jazeera"
    r"|today|monitor|press|agency|online|tv|radio|magazine|star|mirror|independent)\b|网$|新闻$|日报$|社$",
    re.IGNORECASE,
)


def reveal(text: str) -> str:
    """The text without hidden characters.

    Zero-width joiners stay between letters that need them (Arabic script and the scripts of India);
    everywhere else they only hide things.
    """
    text = unicodedata.normalize("NFC", text)
    if text.replace("\n", "").replace("\t", "").isprintable():  # as nearly all are: none is hidden
        return text
    return "".join(
        one for at, one in enumerate(text) if one in "\n\t" or not _hidden(one) or _joins(text, at)
    )


def tidy(text: str) -> str:
    """The text without hidden characters, chat tokens, tags and needless blanks; paragraphs stay."""
    kept = reveal(text)
    kept = _TOKEN.sub(" ", _TAG.sub(" ", kept))
    lines = (_BLANKS.sub(" ", line).strip() for line in kept.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def tokens(text: str) -> bool:
    """Whether it holds the marks that divide a chat's turns."""
    return bool(_TOKEN.search(unicodedata.normalize("NFKC", text)))


def steers(text: str) -> bool:
    """Whether it speaks to a machine (also in wide or otherwise dressed-up letters)."""
    plain = unicodedata.normalize("NFKC", text)
    return STEERING.search(text) or (plain != text and STEERING.search(plain))


def advertises(text: str) -> bool:
    """Whether it holds an address or an advert's call."""
    return ADDRESS.search(unicodedata.normalize("NFKC", text))


def sells(text: str) -> bool:
    """Whether it speaks to its reader or advertises, quotations apart."""
    return SELLING.search(_SPOKEN.sub(" ", unicodedata.normalize("NFKC", text)))


def undated(sentence: str) -> str:
    """The sentence without an agency's dateline ("BEIJING (Reuters) - ")."""
    return _DATELINE.sub("", sentence, count=1).lstrip() if _DATELINE.match(sentence) else sentence


def headline(title: str, outlet: str) -> str:
    """The title on one line, without the outlet's name at its end and without a kicker such as "LIVE:"."""
    text = re.sub(r"\s+", " ", tidy(title)).strip()
    for _ in range(2):
        ending = _SUFFIX.search(text)
        if not ending or len(text) - len(ending[0]) < 12:
            break
        tail = ending[1]
        same = tail.casefold() in outlet.casefold() or outlet.casefold() in tail.casefold()
        # A dash also joins clauses, so there the tail must be the outlet or sound like one.
        press = bool(_PRESS.search(tail)) or ending[0].strip()[0] in "|»·"
        if not (same or (press and len(tail.split()) <= 4 and not re.search(r"\d", tail))):
            break
        text = text[: ending.start()].rstrip()
    return re.sub(
        r"^(?:live|watch|video|breaking|updated?|exclusive|快讯|突发|视频|عاجل|فيديو)\s*[:：|]\s*",
        "",
        text,
        flags=re.IGNORECASE,
    )


def _hidden(one: str) -> bool:
    return unicodedata.category(one) in {"Cf", "Cc", "Co", "Cn", "Cs"}


def _joins(text: str, at: int) -> bool:
    if text[at] not in "\u200c\u200d" or not 0 < at < len(text) - 1:
        return False
    return all("\u0600" <= one <= "\u0dff" and one.isalpha() for one in (text[at - 1], text[at + 1]))
