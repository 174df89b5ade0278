"""How many arenas glibc keeps freed memory in."""

import os
import platform
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, sys, threading
from smimebatch.cli.memory import share_freed_memory

share_freed_memory(2)
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
all_have = threading.Barrier(12)

def hold():
    libc.malloc(ctypes.c_size_t(5_000))
    all_have.wait()

threads = [threading.Thread(target=hold) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")
@pytest.mark.parametrize("given", [None, "5"])
def test_arenas_are_as_many_as_threads_unless_the_user_says_otherwise(tmp_path, given):
    info = tmp_path / "info"
    environment = {name: it for name, it in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    environment |= {"MALLOC_ARENA_MAX": given} if given else {}
    subprocess.run([sys.executable, "-c", PROGRAM, info], check=True, env=environment)
    assert info.read_text().count("<heap nr=") == int(given or 2)
