"""What runs in a parser process: ``python -m bot.adapters.parsing.worker SECONDS``.

It speaks in frames (4 bytes of length, then a pickle) over standard input and output. For each task it
answers twice: ``("go", None)`` once what the task needs is imported, which starts the clock of its owner,
then the result: ``("ok", value)``, ``("error", DatelineError)`` or ``("crash", (exception's name, text))``.
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import signal
import struct
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from bot.errors import DatelineError

HEADER = struct.Struct(">I")
# A parser has no business there. feedparser and libxml2 fetch nothing the way we call them; this is for the
# day when one of them learns to.
_FORBIDDEN = frozenset(
    {
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "subprocess.Popen",
        "os.system",
        "os.exec",
    }
)


def write_frame(pipe: BinaryIO, message: object) -> None:
    """Send one message, whole."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(HEADER.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def read_frame(pipe: BinaryIO) -> Any:
    """The next message.

    Raises:
        EOFError: the other side is gone, be it in the middle of a message.
    """
    head = pipe.read(HEADER.size)
    if len(head) < HEADER.size:
        raise EOFError
    size = HEADER.unpack(head)[0]
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return pickle.loads(data)  # noqa: S301 - both ends of this pipe are ours


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in _FORBIDDEN:
        raise PermissionError(f"a parser process may not use {event}")


def _find(task: str) -> Callable[..., Any]:
    module, _, name = task.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def _answer(output: BinaryIO, task: str, arguments: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        function = _find(task)
        write_frame(output, ("go", None))
        return "ok", function(*arguments)
    except DatelineError as error:
        return "error", error
    except Exception as error:  # noqa: BLE001 - whatever a parser raises must reach the owner as a word
        return "crash", (type(error).__name__, str(error)[:300])


def serve(source: BinaryIO, output: BinaryIO, limit: int) -> None:
    """Do tasks until the owner closes the pipe.

    ``limit`` seconds into a task the process ends itself: it is the last resort for an owner that was
    killed and cannot kill.
    """
    alarm = getattr(signal, "alarm", lambda _seconds: None)  # Windows has none
    while True:
        try:
            task, arguments = read_frame(source)
        except EOFError:
            return
        alarm(limit)
        answer = _answer(output, task, arguments)
        try:
            write_frame(output, answer)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            write_frame(output, ("crash", (type(error).__name__, "the result cannot be sent")))
        alarm(0)
        del task, arguments, answer
        gc.collect(1)


def main() -> None:
    """Set the process up and serve."""
    # An interrupt at the terminal is for the owner, which closes the pipe when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Results go over the original standard output; a stray print must not get into it.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.addaudithook(_refuse)
    try:
        serve(sys.stdin.buffer, output, int(sys.argv[1]))
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()
