"""A small folder of seeds, right in every way, for tests to put one thing wrong."""

from __future__ import annotations

from pathlib import Path

SOURCED = "source: memo, place: Table 1, certainty: found"
FACT = f"effective: 2024-09-30, {SOURCED}"

FILES = {
    "sources.yaml": """\
- id: memo
  title: Update to market
  issuer: London Metal Exchange
  issued: 2024-09
- {id: report, title: Report, issuer: Assessor}
""",
    "organisations.yaml": "- {id: owner, name: Owner of Standards, kind: scheme_owner}\n",
    "metals.yaml": f"""\
- {{id: copper, name: Copper, lme_settled: yes, {SOURCED}}}
- {{id: tin, name: Tin, lme_settled: yes, {SOURCED}}}
""",
    "standards.yaml": f"- {{id: standard-1, name: Standard 1, owners: [owner], {SOURCED}}}\n",
    "assurance_processes.yaml": f"- {{id: process, name: Process, owner: owner, {SOURCED}}}\n",
    "programmes.yaml": f"""\
- id: programme-1
  number: 1
  short_name: Programme 1
  standard: standard-1
  assurance_process: process
  route: oecd
  metals_said: copper
  metals: [copper]
  conditional_metals:
    tin: only with copper
  stages: [mine, refiner]
  names:
    - {{name: Standard 1 assessed with the Process, use: table, {SOURCED}}}
    - {{name: The Standard, use: also, {SOURCED}}}
  source: memo
  place: Table 1
  certainty: found
""",
    "assessments.yaml": f"""\
- id: programme-1-1
  programme: programme-1
  edition: oecd-minerals-2018
  round: 1
  published: yes
  source: memo
  place: Table 1
  certainty: found
  progress:
    - {{id: programme-1-1-standards, part: standards, progress: complete, {FACT}}}
  results:
    - {{id: programme-1-1-standards-fully, scope: standards, level: fully, {FACT}}}
  evidence:
    - {{id: evidence-1, kind: document, reference: Report, {FACT}}}
""",
    "actions.yaml": f"""\
- id: action-1
  assessment: programme-1-1
  title: Shorter cycles
  criteria: [{{part: implementation, criterion: OP-01}}]
  steps: [{{id: action-1-agreed, state: agreed, {FACT}}}]
  source: memo
  place: section 3
  certainty: found
""",
    "decisions.yaml": f"""\
- {{id: decision-1, programme: programme-1, act: conditionally_approved, {FACT}}}
""",
    "ratings/programme-1-1.csv": (
        "part,criterion,level,rationale,cites_standard,cites_guidance,carried_from,evidence,rated_on,rated_by\n"
        "standards,OP-01,fully,Said in clause 1.,clause 1,,,evidence-1,2024-09-30,Assessor\n"
        'standards,OP-02,partially,"Said, but\nonly in part.",clause 2,,,,2024-09-30,Assessor\n'
    ),
    "producers/company.yaml": f"""\
producer: {{id: company, name: Company, {SOURCED}}}
brands:
  - {{id: company-copper, name: Copper, metal: copper, stage: refiner, {SOURCED}}}
declarations:
  - {{id: company-copper-a, brand: company-copper, track: A, programmes: [programme-1], {FACT}}}
claims:
  - {{id: company-policy, field: policy, title: Policy, value: It has one., criteria: [OP-01], {FACT}}}
""",
    "README.md": "What the files hold.\n",
}


def write(folder: Path, **changed: str) -> Path:
    """The folder with some files written otherwise; ``decisions="…"`` is its ``decisions.yaml``."""
    root = folder / "seeds"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    for name, text in changed.items():
        (root / f"{name}.yaml").write_text(text, encoding="utf-8")
    return root


def put(root: Path, file: str, old: str, new: str) -> None:
    """Change one thing in one file."""
    text = (root / file).read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{file} has no {old}"
    (root / file).write_text(text.replace(old, new, 1), encoding="utf-8")
