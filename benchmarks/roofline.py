"""The least a customer-period can cost on this machine: what the rules ask for, at the rates the machine reaches."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workload import Workload, workload
from sim.market.kernels.draws import fill_words
from sim.market.kernels.moving import block_of, find_interested
from sim.market.kernels.stream_numbers import CUSTOMER
from sim.market.market import Market

PERIODS = 12
REAL, FLAG, WHOLE = 4, 1, 4
"""Bytes of a real number, a flag and a whole number of the state."""
STREAMED = {
    "forgetting: three reals read and written, urge to tell written": 3 * 2 * REAL + REAL,
    "who travels: ours, segment": 2 * FLAG,
    "who tells: urge to tell": REAL,
    "what outsiders see: ours, last told and how; code written": 3 * FLAG + WHOLE,
    "who is interested: ours, information, messages": FLAG + 2 * REAL,
    "who leaves: segment, frailty, satisfaction, glow, value; tenure read and written": FLAG + 4 * REAL + 2 * WHOLE,
}
"""Bytes of a person that every period passes over in order, by what for."""
COLUMNS_OF_A_TRAVELLER = 7
COLUMNS_OF_AN_ENCOUNTER = 2
COLUMNS_OF_A_TELLER = 4
COLUMNS_OF_A_MESSAGE = 4
BY_HAND = 2
"""Blocks of draws that every person takes in every period: one for journeys, the same again for moving."""


def count_work(work: Workload) -> dict[str, float]:
    """Live a year and return, per person and period, how often each costly thing happens."""
    market = work.market()
    size = market.codes.shape[0]
    degrees = np.diff(market.network.first)
    keys = ("journeys", "encounters", "failures", "customers", "told", "messages", "interested", "acquaintances")
    counts = dict.fromkeys(keys, 0.0)
    for period in range(PERIODS):
        market.live(work.offer, period)
        tellers = market.telling > 0.0
        counts["told"] += float(degrees[tellers].sum())
        counts["tellers"] = counts.get("tellers", 0.0) + float(tellers.sum())
        market.talk(period)
        interested = interested_in(market, work, period)
        counts["interested"] += len(interested)
        counts["acquaintances"] += float(degrees[interested].sum())
        flows = market.move(work.offer, period)
        counts["journeys"] += float(flows.journeys.sum())
        counts["encounters"] += float(flows.encounters.sum())
        counts["failures"] += float(flows.failures.sum() + flows.handoff_failures.sum() + flows.channel_failures)
        counts["customers"] += flows.active
        counts["messages"] += flows.mentions_positive + flows.mentions_negative
    return {name: count / (size * PERIODS) for name, count in counts.items()}


def interested_in(market: Market, work: Workload, period: int) -> Any:
    """Return the outsiders who have to ask their neighbours in this period."""
    size = market.codes.shape[0]
    words, found = np.zeros((4, size), np.uint32), np.zeros(size + 1, np.uint32)
    fill_words(market.seed, CUSTOMER, period, 0, size, words)
    block = block_of(market.state, 0, size)
    n = find_interested(block, words[2], market.rules.moving.scalars, work.offer, np.zeros(size), found)
    return found[:n]


def demands(counts: dict[str, float]) -> dict[str, float]:
    """Return what a person asks of the machine in a period: draws, exponentials, quantiles, bytes, random reads."""
    return {
        "draws": BY_HAND + counts["journeys"] + counts["encounters"] + counts["failures"] + counts["told"],
        "exponentials": 1.0 + 2.0 * counts["customers"] + counts["journeys"] + 2.0 * counts["interested"],
        "quantiles": counts["encounters"],
        "bytes": float(sum(STREAMED.values())),
        "random_reads": COLUMNS_OF_A_TRAVELLER * counts["journeys"]
        + COLUMNS_OF_AN_ENCOUNTER * counts["encounters"]
        + COLUMNS_OF_A_TELLER * counts["tellers"]
        + COLUMNS_OF_A_MESSAGE * counts["messages"]
        + 2.0 * counts["interested"]
        + counts["acquaintances"],
    }


def seconds_at_best(asked: dict[str, float], limits: list[dict[str, Any]], size: int) -> dict[str, float]:
    """Return the seconds that each demand of one person and period takes at the rates of ``limits``."""
    rates = {row["what"]: row["best"] for row in limits if "table_bytes" not in row}
    tables = {row["table_bytes"]: row["best"] for row in limits if row["what"] == "read at random, 4 B each"}
    nearest = min(tables, key=lambda table: abs(np.log(table / (REAL * size))))
    return {
        "draws": asked["draws"] / rates["Philox, blocks of four words, vectorised"],
        "exponentials": asked["exponentials"] / rates["exponential, vectorised"],
        "quantiles": asked["quantiles"] / rates["normal quantile"],
        "bytes": asked["bytes"] / rates["copy, 1 thread"],
        "random_reads": asked["random_reads"] / tables[nearest],
    }


def measure(limits: dict[str, Any], speed: dict[str, Any]) -> dict[str, Any]:
    """Return counts, demands and, by size, the roof and the share of it that the engine reaches.

    Parameters
    ----------
    limits, speed
        What the parts of these names measured.
    """
    counts = count_work(workload(20_000))
    asked = demands(counts)
    rows = []
    for row in (row for row in speed["rows"] if row["what"] == "engine"):
        parts = seconds_at_best(asked, limits["rows"], row["size"])
        roof = 1.0 / sum(parts.values())
        rows.append(
            {"size": row["size"], "seconds": parts, "roof": roof, "best": row["best"], "share": row["best"] / roof}
        )
    return {"counts": counts, "demands": asked, "streamed": STREAMED, "rows": rows}
