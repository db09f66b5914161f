"""The failures, named by what the caller does next.

    DatelineError
    ├── Transient      try again later (``retry_after`` seconds when the other side said so)
    ├── Broken         park this item with its code; trying again changes nothing
    ├── Unreachable    mute this address: nobody is there or we are not wanted
    ├── Ambiguous      it may have arrived: hold it and ask a person
    ├── Superseded     this form is not taken: send the classic one instead
    └── Misconfigured  stop with exit code 2 and say what to change

Each is raised only in the adapter that owns the library (or in settings), ``from`` the original, and
renders as ``message: ids: cause``.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """What went wrong, as stored beside a feed, an entry or a delivery. Never renamed: rows hold them."""

    # the way there
    DNS = "dns"
    REFUSED = "refused"
    RESET = "reset"
    TIMEOUT = "timeout"
    TLS = "tls"
    BLOCKED_ADDRESS = "blocked_address"
    BAD_ADDRESS = "bad_address"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    HTTP_STATUS = "http_status"
    RATE_LIMITED = "rate_limited"
    GONE = "gone"
    UNAUTHORIZED = "unauthorized"
    NOT_FOUND = "not_found"
    SERVER_ERROR = "server_error"
    TOO_LARGE = "too_large"
    BAD_ENCODING = "bad_encoding"
    CUT_OFF = "cut_off"
    ROBOTS = "robots"
    # what was there
    EMPTY = "empty"
    HTML_PAGE = "html_page"
    NOT_A_FEED = "not_a_feed"
    NO_ENTRIES = "no_entries"
    PARSE_TIMEOUT = "parse_timeout"
    PARSE_MEMORY = "parse_memory"
    PARSE_CRASH = "parse_crash"
    HOSTILE = "hostile"
    PAYWALL = "paywall"
    CONSENT = "consent"
    NO_TEXT = "no_text"
    TOO_OLD = "too_old"
    BACKLOG = "backlog"  # beyond what a first import may bring as news
    LANGUAGE = "language"
    NO_LINK = "no_link"
    # the model
    MODEL_UNAVAILABLE = "model_unavailable"
    MODEL_BAD_OUTPUT = "model_bad_output"
    MODEL_CONFIG = "model_config"
    MODEL_BUDGET = "model_budget"  # the caps of the day or the month do not allow the call
    # the chat
    CHAT_NOT_FOUND = "chat_not_found"
    FORBIDDEN = "forbidden"
    THREAD_NOT_FOUND = "thread_not_found"
    MIGRATED = "migrated"
    BAD_REQUEST = "bad_request"
    BAD_TOKEN = "bad_token"  # noqa: S105 - a name of a failure, not a secret
    UNKNOWN_OUTCOME = "unknown_outcome"
    LEASE_LOST = "lease_lost"
    SUPERSEDED = "superseded"


class DatelineError(Exception):
    """Root of all expected failures.

    Args:
        message: what failed, in plain words.
        code: the stored form of the failure, if it is one that rows remember.
        hint: what a person can do about it.
        **ids: where it happened (``feed="bbc-world"``, ``file="config/feeds.yaml"``, ``line=7``).
    """

    def __init__(self, message: str, *, code: Code | None = None, hint: str = "", **ids: object) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.ids = ids

    def __str__(self) -> str:
        where = ", ".join(f"{key} {value}" for key, value in self.ids.items())
        cause = self.__cause__
        parts = [self.message, where, f"{type(cause).__name__}: {cause}" if cause else ""]
        return ": ".join(part for part in parts if part)


class Transient(DatelineError):
    """Try again later; ``retry_after`` is in seconds when the other side named a time."""

    def __init__(
        self,
        message: str,
        *,
        code: Code | None = None,
        hint: str = "",
        retry_after: float | None = None,
        **ids: object,
    ) -> None:
        super().__init__(message, code=code, hint=hint, **ids)
        self.retry_after = retry_after


class Broken(DatelineError):
    """Park this item with its code: trying the same thing again changes nothing."""


class Unreachable(DatelineError):
    """Mute this address: blocked, kicked, deleted."""


class Ambiguous(DatelineError):
    """The request left, no valid answer came: it may have arrived. Hold it."""


class Superseded(DatelineError):
    """The rich form is not taken there, and surely was not sent: send the classic one instead."""


class Migrated(DatelineError):
    """The chat has a new id (a group became a supergroup): rewrite the address and send there."""

    def __init__(self, message: str, *, new_chat: str, hint: str = "", **ids: object) -> None:
        super().__init__(message, code=Code.MIGRATED, hint=hint, **ids)
        self.new_chat = new_chat


class Misconfigured(DatelineError):
    """Stop with exit code 2: a setting, a file or a key must be changed first."""
