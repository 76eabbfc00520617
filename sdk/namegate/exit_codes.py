"""The exit codes of `namegate`."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says to the shell that started it."""

    ALLOWED = 0
    DENIED = 1
    UNDECIDED = 2
    INTERRUPTED = 130
    PIPE_CLOSED = 141
