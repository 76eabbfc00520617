"""Reads the pickle of a checkpoint symbolically: nothing is imported, called or built but plain values.

The opcodes and globals are those that `torch.load(weights_only=True)` knows and `torch.save` writes for
a state dict. A global becomes a `Global`, a call of an allowed one a `Call`; who reads the result decides
what they mean.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from namegate_policy.weights.problems import Refusal

MAX_STEPS = 1_000_000
"""Opcodes; a checkpoint takes some 30 for a tensor."""
MAX_STRING = 1 << 20
_MAX_GLOBAL = 200
"""Bytes of a module's and a name's line."""


@dataclass(frozen=True, slots=True)
class Global:
    """A name that the pickle imports; allowed ones only."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call that unpickling would make."""

    function: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Persistent:
    """What the archive holds for a persistent id: a storage."""

    id: tuple[Any, ...]


def read_pickle(raw: bytes, allowed: frozenset[str]) -> Any:
    """Return what `raw` would be unpickled to, with `Global`, `Call` and `Persistent` in it.

    Raises Refusal for every opcode and global that is not allowed, and for any damage.
    """
    try:
        return _run(raw, {name: Global(name) for name in allowed})
    except (IndexError, KeyError, struct.error, UnicodeDecodeError):
        raise Refusal("invalid-pickle", "the pickle is damaged") from None


def _run(raw: bytes, allowed: dict[str, Global]) -> Any:
    if raw[:2] != b"\x80\x02":
        raise Refusal("invalid-pickle", "the pickle is not of protocol 2, which torch.save writes")
    stack: list[Any] = []
    marks: list[list[Any]] = []
    memo: dict[int, Any] = {}
    at, steps = 2, 0
    while True:
        code = raw[at]
        at += 1
        steps += 1
        if steps > MAX_STEPS:
            raise Refusal("header-too-large", f"the pickle has more than {MAX_STEPS} opcodes")
        if code == 0x71:  # BINPUT
            memo[raw[at]] = stack[-1]
            at += 1
        elif code == 0x72:  # LONG_BINPUT
            memo[struct.unpack_from("<I", raw, at)[0]] = stack[-1]
            at += 4
        elif code == 0x68:  # BINGET
            stack.append(memo[raw[at]])
            at += 1
        elif code == 0x6A:  # LONG_BINGET
            stack.append(memo[struct.unpack_from("<I", raw, at)[0]])
            at += 4
        elif code == 0x4B:  # BININT1
            stack.append(raw[at])
            at += 1
        elif code == 0x4D:  # BININT2
            stack.append(struct.unpack_from("<H", raw, at)[0])
            at += 2
        elif code == 0x4A:  # BININT
            stack.append(struct.unpack_from("<i", raw, at)[0])
            at += 4
        elif code == 0x8A:  # LONG1
            size = raw[at]
            stack.append(int.from_bytes(_slice(raw, at + 1, size), "little", signed=True))
            at += 1 + size
        elif code == 0x58:  # BINUNICODE
            size = struct.unpack_from("<I", raw, at)[0]
            if size > MAX_STRING:
                raise Refusal("header-too-large", f"a text of {size} bytes, {MAX_STRING} is the limit")
            stack.append(_slice(raw, at + 4, size).decode())
            at += 4 + size
        elif code == 0x28:  # MARK
            marks.append(stack)
            stack = []
        elif code == 0x74:  # TUPLE
            items, stack = tuple(stack), marks.pop()
            stack.append(items)
        elif code == 0x85:  # TUPLE1
            stack[-1] = (stack[-1],)
        elif code == 0x86:  # TUPLE2
            stack[-2:] = [(stack[-2], stack[-1])]
        elif code == 0x87:  # TUPLE3
            stack[-3:] = [(stack[-3], stack[-2], stack[-1])]
        elif code == 0x29:  # EMPTY_TUPLE
            stack.append(())
        elif code == 0x89:  # NEWFALSE
            stack.append(False)
        elif code == 0x88:  # NEWTRUE
            stack.append(True)
        elif code == 0x4E:  # NONE
            stack.append(None)
        elif code == 0x51:  # BINPERSID
            stack[-1] = _persistent(stack[-1])
        elif code == 0x52:  # REDUCE
            arguments = stack.pop()
            stack[-1] = _call(stack[-1], arguments)
        elif code == 0x63:  # GLOBAL
            name, at = _global(raw, at, allowed)
            stack.append(name)
        elif code == 0x7D:  # EMPTY_DICT
            stack.append({})
        elif code == 0x5D:  # EMPTY_LIST
            stack.append([])
        elif code == 0x75:  # SETITEMS
            items_list, stack = stack, marks.pop()
            _set_items(stack[-1], items_list)
        elif code == 0x73:  # SETITEM
            pair = stack[-2:]
            del stack[-2:]
            _set_items(stack[-1], pair)
        elif code == 0x65:  # APPENDS
            items_list, stack = stack, marks.pop()
            _extend(stack[-1], items_list)
        elif code == 0x61:  # APPEND
            item = stack.pop()
            _extend(stack[-1], [item])
        elif code == 0x47:  # BINFLOAT
            stack.append(struct.unpack_from(">d", raw, at)[0])
            at += 8
        elif code == 0x62:  # BUILD
            state = stack.pop()
            if not isinstance(stack[-1], dict) or not isinstance(state, dict):
                raise Refusal(
                    "forbidden-opcode", "BUILD of what is no OrderedDict sets attributes of objects"
                )
        elif code == 0x2E:  # STOP
            if len(stack) != 1 or marks or at != len(raw):
                raise Refusal("invalid-pickle", "the pickle ends with values or bytes left over")
            return stack[0]
        else:
            raise Refusal("forbidden-opcode", f"the pickle has the opcode {code:#04x}", offset=at - 1)


def _slice(raw: bytes, start: int, size: int) -> bytes:
    if start + size > len(raw):
        raise IndexError
    return raw[start : start + size]


def _global(raw: bytes, at: int, allowed: dict[str, Global]) -> tuple[Global, int]:
    first = raw.find(b"\n", at, at + _MAX_GLOBAL)
    second = raw.find(b"\n", first + 1, first + 1 + _MAX_GLOBAL)
    if first < 0 or second < 0:
        raise Refusal("invalid-pickle", "a global's name is damaged", offset=at)
    name = f"{raw[at:first].decode()}.{raw[first + 1 : second].decode()}"
    if name not in allowed or b"." in raw[first:second]:
        raise Refusal("forbidden-global", f"unpickling would import {name!r}", offset=at - 1)
    return allowed[name], second + 1


def _call(function: Any, arguments: Any) -> Any:
    if not isinstance(function, Global) or not isinstance(arguments, tuple):
        raise Refusal("forbidden-opcode", "REDUCE of what is no allowed function")
    if function.name == "collections.OrderedDict":
        if arguments:
            raise Refusal("forbidden-opcode", "OrderedDict is called with arguments")
        return {}
    return Call(function.name, arguments)


def _persistent(id_: Any) -> Persistent:
    if not isinstance(id_, tuple):
        raise Refusal("invalid-pickle", "a persistent id is no tuple")
    return Persistent(id_)


def _set_items(target: Any, items: list[Any]) -> None:
    if not isinstance(target, dict) or len(items) % 2:
        raise Refusal("invalid-pickle", "items are set in what is no dictionary")
    for key, value in zip(items[::2], items[1::2], strict=True):
        # Integers beyond 60 bits can be chosen to have one hash.
        if not isinstance(key, str) and not (isinstance(key, int) and abs(key) < 1 << 60):
            raise Refusal("invalid-pickle", "a dictionary's key is neither a text nor a small integer")
        if key in target:
            raise Refusal("duplicate-key", f"the key {str(key)[:100]!r} occurs twice in one dictionary")
        target[key] = value


def _extend(target: Any, items: list[Any]) -> None:
    if not isinstance(target, list):
        raise Refusal("invalid-pickle", "items are appended to what is no list")
    target.extend(items)
