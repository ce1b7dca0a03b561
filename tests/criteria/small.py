"""A small and complete set of criteria files, for tests to break."""

from __future__ import annotations

from pathlib import Path

GUIDANCE = """### In the text

Read it.

### In practice

Watch it.

### Fully or partially

Judge it.
"""

EDITION = """---
id: small-2020
title: A small edition
issued: 2020
status: made for tests
sources:
  paper: https://example.org/paper
sections:
  A:
    title: Principles
    groups: [OP]
  B:
    title: Steps
    steps:
      1: Systems
      2: Risk
    groups: [S1-A, S2-A]
  C:
    title: Programme
    groups: [PR-AU]
scale:
  fully: All of it.
  partially: Some of it.
  not: None of it.
  not_applicable: No role.
rule:
  threshold: 4/5
  floor: 50 %
  partial_credit: 1/2
  gating: [section A, PR-AU-1]
  sensitivity: [70 %, 80 %]
provenance: Made for tests.
---

What this edition is.
"""


def criterion(code: str) -> str:
    return f"""
## {code} Title of {code}

- parts: standards, implementation
- position: all
- guidance: Step 1
- external code: none held

The text of {code}.

{GUIDANCE}"""


def group(code: str, section: str, step: str, *criteria: str) -> str:
    head = f"---\ngroup: {code}\nsection: {section}\n{step}title: Title of {code}\n---\n\nAbout {code}.\n"
    return head + "".join(criterion(each) for each in criteria)


REQUIREMENTS = """---
id: lme-track-a
title: Requirements
edition: small-2020
provenance: Made for tests.
---

## OP Principles

- criteria: OP-01, OP-02

Keep to them.

## 1.A Policy

- step: 1
- criteria: S1-A-1

Have one.

## 2.A Red flags

- step: 2
- criteria: S2-A-1

Look for them.
"""

CHECKLIST = """---
id: lme-track-a-checklist
title: Checklist
provenance: Made for tests.
---

## TA-01 Listed

- basis: the list

It is listed.

### What answers it

The list.

## TA-02 Declared

- basis: the form

It is declared.

### What answers it

The form.
"""

FILES = {
    "small-2020/edition.md": EDITION,
    "small-2020/A/OP.md": group("OP", "A", "", "OP-01", "OP-02"),
    "small-2020/B/S1-A.md": group("S1-A", "B", "step: 1\n", "S1-A-1"),
    "small-2020/B/S2-A.md": group("S2-A", "B", "step: 2\n", "S2-A-1"),
    "small-2020/C/PR-AU.md": group("PR-AU", "C", "", "PR-AU-1"),
    "lme-track-a/requirements.md": REQUIREMENTS,
    "lme-track-a/checklist.md": CHECKLIST,
}


def write(folder: Path) -> Path:
    """Write the files below a folder; the answer is the root to load them from."""
    root = folder / "criteria"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def edit(root: Path, name: str, old: str, new: str) -> None:
    """Replace a passage that stands once in a file."""
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"“{old}” stands {text.count(old)} times in {name}"
    path.write_text(text.replace(old, new), encoding="utf-8")
