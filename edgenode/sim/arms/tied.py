"""Ties a process to its parent: the kernel kills it when the parent ends, however that ends.

Linux only. A process of ours that starts others must tie each of them: the tie is not inherited.
"""

import ctypes
import os
import signal

SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, prctl(2)
PARENT_GONE = 1


def tie(parent: int) -> None:
    """Arrange that this process is killed when `parent` ends; end it now if `parent` has ended.

    Call it first in a new process. The signal comes when the parent's thread ends that started
    this process, so start processes from the main thread.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(SET_PARENT_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl(PR_SET_PDEATHSIG): {os.strerror(number)}")
    # A parent that ended before the line above sends no signal. Then another process adopted us.
    if os.getppid() != parent:
        os._exit(PARENT_GONE)
