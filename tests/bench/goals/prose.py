"""Goal 13: the prose of 100 criteria, first and afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from markdown_it import MarkdownIt

from alignment import text
from alignment.catalogue import load_all
from tests.bench.limits import Found, Limit, each, ratio
from tests.bench.measuring import Sample, interleave, timed
from tests.bench.stores import EDITION
from tests.bench.workshop import Workshop


def rendering(shop: Workshop) -> Iterator[Found]:
    """Our reader of Markdown against markdown-it-py, both on texts never seen before, then on those seen."""
    criteria = load_all()[0][EDITION].criteria[:100]
    texts = [f"{one.text}\n\n{one.look_in_text}\n\n{one.look_in_practice}" for one in criteria]
    editions = count()
    bare = MarkdownIt("commonmark", {"html": False}).enable("table")

    def first(render: Callable[[str], str]) -> Sample:
        fresh = [f"{each} ({next(editions)})" for each in texts]
        return timed(lambda: [render(each) for each in fresh], seconds=0)

    def again() -> object:
        return [text.render(each) for each in texts]

    again()
    rounds = interleave(
        {
            "markdown-it-py": lambda: first(bare.render),
            "first": lambda: first(text.render),
            "again": lambda: timed(again, seconds=shop.effort.seconds / 8),
        },
        shop.effort.rounds,
    )
    yield ratio(
        "13",
        f"{len(texts)} criteria rendered for the first time / markdown-it-py",
        rounds.cost("first", over="markdown-it-py"),
        Limit(1.2),
        each("markdown-it-py", rounds.typical("markdown-it-py")),
        each("for the first time", rounds.typical("first")),
    )
    took = rounds.typical("again")
    says = f"the same {len(texts)} afterwards"
    yield Found("13", says, took.time * 1000, took.cpu * 1000, Limit(0.1, " ms"))
