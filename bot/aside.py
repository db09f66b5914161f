"""Long computing beside the loop, in one thread of the process.

Reading a story's articles and checking a model's answer take a tenth of a second each. On the loop they kept
calls of the model from being sent and people from being answered; in a thread, the loop gets its turn every
few milliseconds. One thread, since more of them would only share the interpreter with each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")
_THREAD = ThreadPoolExecutor(1, thread_name_prefix="computing")


async def aside(work: Callable[_P, _T], /, *args: _P.args, **named: _P.kwargs) -> _T:
    """What the function gives, computed in the thread; what is asked first is done first. Raises as it does.

    The function must be pure. Who is cancelled leaves it to end by itself.
    """
    return await asyncio.get_running_loop().run_in_executor(_THREAD, partial(work, *args, **named))
