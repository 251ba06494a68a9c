"""A program that becomes another one, which can open no socket: `python socketless.py COMMAND …`.

Comes in: the command, by its path. Goes out: nothing; exit code 125 with words where Linux cannot
be asked for this, or not here. A filter of the kernel (seccomp) answers every `socket` with EACCES,
and stays with all that the command starts. It needs no right, and so holds in containers too, where
a namespace without a network is not to be had. It imports little, for it is started for every run.
"""

import ctypes
import os
import platform
import signal
import struct
import sys

# Per machine: how the kernel tells its calls (AUDIT_ARCH_…), and the number of socket(2).
_SOCKET = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198), "riscv64": (0xC00000F3, 198)}
# It makes sockets too, past the filter; it has this number everywhere.
_IO_URING_SETUP = 425
# Numbers from here on are calls of x32, another form of the same on x86_64.
_X32 = 0x40000000

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE = 0, 4
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 13, 0x80000000
_SET_SECCOMP, _FILTER, _SET_NO_NEW_PRIVS = 22, 2, 38

UNABLE = 125


def main() -> None:
    """Ends in the command, or with UNABLE."""
    try:
        _close(*_SOCKET[platform.machine()])
    except KeyError:
        _end(f"not known for {platform.machine()}")
    except (OSError, AttributeError) as error:
        _end(str(error))
    for each in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(each, signal.SIG_DFL)  # what Python ignores, another program would, too
    try:
        os.execv(sys.argv[1], sys.argv[1:])
    except OSError as error:
        _end(f"{sys.argv[1]}: {error.strerror}")


def _close(architecture: int, socket: int) -> None:
    """No socket from now on, for this process and all that it becomes or starts."""
    rules = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 0, 6, architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 3, 0, _X32),
        (_EQUAL, 2, 0, socket),
        (_EQUAL, 1, 0, _IO_URING_SETUP),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _KILL),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
    program = ctypes.create_string_buffer(struct.pack("HP", len(rules), ctypes.addressof(code)))
    _control(_SET_NO_NEW_PRIVS, 1)
    _control(_SET_SECCOMP, _FILTER, ctypes.addressof(program))


def _control(option: int, *values: int) -> None:
    call = ctypes.CDLL(None, use_errno=True).prctl
    if call(option, *(ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4])) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _end(words: str) -> None:
    print(words, file=sys.stderr)
    sys.exit(UNABLE)


if __name__ == "__main__":
    main()
