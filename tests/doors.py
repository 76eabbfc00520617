"""The three doors as tests use them: the command as a process, and a server on a free port of loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import uvicorn
from safetensors.numpy import save_file

from namegate_server.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from namegate_server.settings import Settings

ROOT = Path(__file__).parents[1]


def environment(**extra: str) -> dict[str, str]:
    """Return the environment of a process that finds this checkout."""
    roots = os.pathsep.join(str(ROOT / each) for each in ("policy", "server", "sdk"))
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("NAMEGATE_")}
    return inherited | {"PYTHONPATH": roots} | extra


def namegate(
    *arguments: str | bytes | Path, stdin: bytes = b"", cwd: Path | None = None, **extra: str
) -> subprocess.CompletedProcess[bytes]:
    """Run `namegate` as a shell would."""
    command = [sys.executable, "-m", "namegate", *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, cwd=cwd, env=environment(**extra), timeout=60, check=False
    )


@contextmanager
def serving(settings: Settings | None = None) -> Iterator[str]:
    """Serve on a free port, and yield the server's address."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


@contextmanager
def serving_process(*arguments: str | Path) -> Iterator[str]:
    """Run `namegate serve` as a process of its own, and yield its address."""
    command = [sys.executable, "-m", "namegate_server", "--port", "0", *arguments]
    pipes: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, text=True, env=environment()) as process:
        assert process.stderr
        address = process.stderr.readline().removeprefix("namegate: ").strip()
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        try:
            yield address
        finally:
            process.terminate()
            process.wait(timeout=10)
            drain.join()


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def small_checkpoint(folder: Path) -> Path:
    """Write the weights and config of a BERT of two layers and 0.2M parameters."""
    folder.mkdir(parents=True, exist_ok=True)
    hidden, words = 64, 1000
    shapes: dict[str, tuple[int, ...]] = {
        "bert.embeddings.word_embeddings.weight": (words, hidden),
        "bert.embeddings.position_embeddings.weight": (512, hidden),
        "bert.embeddings.token_type_embeddings.weight": (2, hidden),
        "bert.embeddings.LayerNorm.weight": (hidden,),
        "bert.embeddings.LayerNorm.bias": (hidden,),
    }
    for layer in range(2):
        prefix = f"bert.encoder.layer.{layer}"
        for part in ("query", "key", "value"):
            shapes[f"{prefix}.attention.self.{part}.weight"] = (hidden, hidden)
            shapes[f"{prefix}.attention.self.{part}.bias"] = (hidden,)
        shapes[f"{prefix}.attention.output.dense.weight"] = (hidden, hidden)
        shapes[f"{prefix}.intermediate.dense.weight"] = (4 * hidden, hidden)
        shapes[f"{prefix}.output.dense.weight"] = (hidden, 4 * hidden)
    save_file(
        {name: np.zeros(shape, dtype=np.float32) for name, shape in shapes.items()},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    (folder / "config.json").write_text(
        '{"model_type": "bert", "architectures": ["BertModel"], "hidden_size": 64, "num_hidden_layers": 2, '
        '"num_attention_heads": 4, "intermediate_size": 256, "vocab_size": 1000}'
    )
    (folder / "README.md").write_text("---\nlicense: apache-2.0\nlanguage: no\n---\n# A card\n")
    return folder
