"""Where requests to an application are worked on, with no socket between."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import cache
from threading import Thread
from typing import Any, TypeVar

Given = TypeVar("Given")


def done(work: Coroutine[Any, Any, Given]) -> Given:
    """What the work gives. It runs in another thread: where a browser is driven, this one has a running event loop."""
    return asyncio.run_coroutine_threadsafe(work, _loop()).result()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One for all of a process: a loop and its threads made for each request would cost as much as a small page."""
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, name="asking", daemon=True).start()
    return loop
