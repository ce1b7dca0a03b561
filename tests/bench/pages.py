"""The pages whose growth and memory are measured, in a register that was grown."""

from __future__ import annotations

from tests.bench.stores import FIRST

# Pages that show as much whatever else the register holds.
FIXED = {
    "programme": f"/programmes/{FIRST}",
    "assessment with its 195 ratings": f"/programmes/{FIRST}/assessments/1",
    "market update of ten": "/publications/2024-09",
}
EVERY_PROGRAMME = "/"
EVERY_PROGRAMME_FILE = "/status.csv"
