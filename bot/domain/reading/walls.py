"""Walls: pages that stand before an article instead of being one."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bot.domain.reading.furniture import words
from bot.errors import Code

_SHORT = 220
"""Words: a page with more is taken for a whole article. Chosen, not measured; one of the 91 development pages
is a wall and none other was taken for one. Length alone makes no wall."""

_CONSENT_HOSTS = re.compile(r"^(?:consent|guce|choices?|privacy|cmp)\.", re.IGNORECASE)
_CONSENT_TITLE = re.compile(
    r"before you continue|^(?:we value |your |privacy and )?(?:your )?(?:privacy"
    r"|cookies?)(?: choices| settings| preferences| consent)?$"
    r"|cookie consent|part of the yahoo family|^consent\b|同意.{0,6}cookie|سياسة ملفات",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"\b(?:we|our (?:\d+ )?partners|this (?:web)?site)\b[^.]{0,80}\bcookies\b|\b(?:accept|reject) all\b"
    r"|\bmanage (?:your |my )?(?:choices|options|preferences|consent|cookies)|legitimate interest"
    r"|store and/or access"
    r"|consent to the (?:use|processing)|privacy (?:policy|preferences|choices)|使用.{0,6}cookie"
    r"|接受所有|ملفات تعريف الارتباط",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"subscribe (?:now )?(?:to|and) (?:continue|read|keep|unlock|get (?:full|unlimited))|(?:to"
    r"|and) (?:continue|keep|finish) reading"
    r"|(?:continue|keep) reading (?:this article )?(?:with|for)|(?:for|to|available (?:only )?to"
    r"|exclusive(?:ly)? (?:to|for)) (?:our )?subscribers(?: only)?"
    r"|subscribers?[- ]only|subscriber[- ]exclusive|this (?:article|story|content) is (?:for"
    r"|only available|available only|reserved|exclusive)"
    r"|already (?:a |have a )?(?:subscriber|subscribed|subscription|member)\??|(?:unlock"
    r"|get) (?:this article|unlimited|full) (?:access|digital)?"
    r"|you(?:'|’)?(?:ve| have) (?:reached|read|used) (?:your|all|the)[^.]{0,30}(?:limit|free"
    r"|articles)|(?:free|remaining) articles? (?:left|remaining|this month)"
    r"|(?:log|sign) in to (?:continue|read)|register to (?:continue|read)|premium (?:article"
    r"|content)|start your (?:free )?trial"
    r"|订阅.{0,10}(?:阅读|继续|全文)|訂閱.{0,10}(?:閱讀|繼續|全文)|(?:登录|登錄|登入|付费"
    r"|付費).{0,6}(?:阅读|閱讀|查看)全文|(?:会员|會員)(?:专享|專享|限定|专属|專屬)|剩余\s?\d+\s?%"
    r"|(?:اشترك|للاشتراك|سجل الدخول).{0,20}(?:لمتابعة|لمواصلة|لقراءة|القراءة)|(?:للمشتركين|حصري للمشتركين)",
    re.IGNORECASE,
)
# Said by walls alone, not by offers that stand below free articles too.
_BARRED = re.compile(
    r"(?:to|and) (?:continue|keep|finish) reading|for subscribers only|subscribers?[- ]only"
    r"|(?:this|the full|rest of (?:this|the)) (?:article|story) is (?:for|only|available|reserved|exclusive)"
    r"|(?:log|sign) in to (?:continue|read)|register to (?:continue|read)"
    r"|订阅.{0,10}(?:继续|全文)|訂閱.{0,10}(?:繼續|全文)|(?:登录|登錄|登入|付费|付費).{0,6}(?:阅读|閱讀|查看)全文"
    r"|(?:اشترك|للاشتراك|سجل الدخول).{0,20}(?:لمتابعة|لمواصلة|لقراءة)",
    re.IGNORECASE,
)
_ROBOT = re.compile(
    r"^(?:just a moment|attention required|access denied|are you (?:a |not a )?robot|robot check"
    r"|please verify|verify(?:ing)? you are human"
    r"|pardon our interruption|security check|403 forbidden|one more step|bot verification"
    r"|request blocked)\b",
    re.IGNORECASE,
)


def wall(text: str, ending: str, visible: str, *, title: str, url: str, free: bool | None) -> Code | None:
    """PAYWALL or CONSENT where the page is a wall, else None.

    Args:
        text: what extraction found.
        ending: its last paragraphs before furniture was taken out.
        visible: the page's visible words, for wall wording that extraction rightly left out.
        title: the page's title.
        url: where the page was found after redirects: consent walls live on hosts of their own.
        free: schema.org's isAccessibleForFree. False alone is no wall: metered pages hold the whole text.
    """
    long = words(text)
    if long >= _SHORT:
        return Code.CONSENT if _CONSENT_HOSTS.match(urlsplit(url).hostname or "") else None
    if _consent(text, visible, title, url):
        return Code.CONSENT
    if free is False or _PAYWALL.search(ending[-600:]):
        return Code.PAYWALL
    # Sites carry "already a subscriber?" in every header, so only what stands right below the text counts
    below = visible.find(text[-40:]) if text else -1
    if below >= 0 and _BARRED.search(visible[below : below + 400]):
        return Code.PAYWALL
    return Code.PAYWALL if long < 15 and _BARRED.search(visible) else None


def _consent(text: str, visible: str, title: str, url: str) -> bool:
    """Whether a page with little text asks for consent: by its host, its title or most of its words."""
    if _CONSENT_HOSTS.match(urlsplit(url).hostname or "") or _CONSENT_TITLE.search(title):
        return True
    asked = len(_CONSENT.findall(text))
    if asked >= 2 and asked * 60 > words(text):
        return True
    return words(text) < 15 and words(visible) < 300 and len(_CONSENT.findall(visible)) >= 2


def robot_check(title: str) -> bool:
    """Whether the page asks its reader to prove to be human: it holds no article and no wall to tell of."""
    return bool(_ROBOT.match(title.strip()))
