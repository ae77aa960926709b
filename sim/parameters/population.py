"""Who the customers are: how many, in which segments, who knows whom."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.parameters.record import Record, exactly, quantity

CHANNELS = ("branch", "phone", "web", "chat", "text", "app")
"""The channels a journey step can use, in the order in which the arrays hold them."""


class Segment(Record):
    """A group of customers that differs in value, sensitivity, journey rates and channel habits."""

    share: float = quantity(1.0, "share of customers", "Share of the addressable market; the shares of all segments sum to 1.", low=1e-6, high=1.0)
    value_eur_per_year: float = quantity(1000.0, "currency per year", "Mean yearly revenue of a customer of neutral satisfaction.", low=1e-3, high=1e7)
    satisfaction_sensitivity: float = quantity(1.0, "ratio", "Multiplies the effect of satisfaction on leaving.", low=0.0, high=5.0)
    switching_cost: float = quantity(0.0, "log hazard", "Switching cost of the segment, added to market.switching_cost.", low=-3.0, high=5.0)
    journey_rates: dict[str, float] = Field(
        default_factory=dict,
        description="Multiplier of a journey's yearly rate in this segment, by journey name; 1 where not named.",
        json_schema_extra={"unit": "ratio", "source": "assumption"},
    )
    channel_habits: dict[str, float] = Field(
        default_factory=dict,
        description="Multiplier of a channel's weight in this segment, by channel name; 1 where not named.",
        json_schema_extra={"unit": "ratio", "source": "assumption"},
    )


class Network(Record):
    """Who hears whom."""

    topology: Literal["watts_strogatz", "barabasi_albert", "erdos_renyi", "complete"] = Field(
        default="watts_strogatz",
        description="Shape of the social network.",
        json_schema_extra={"unit": "choice", "source": "V32"},
    )
    mean_degree: int = quantity(8, "neighbours", "Mean number of neighbours (even for Watts-Strogatz and Barabasi-Albert).", low=2, high=200, sweep=(4, 20), source="A, V32")
    rewiring: float = quantity(0.1, "probability", "Watts-Strogatz: probability that an edge is rewired.", low=0.0, high=1.0, sweep=(0.01, 0.5), source="A")
    homophily: float = quantity(0.2, "assortativity", "Assortativity of the network by segment.", low=0.0, high=0.9, sweep=(0.0, 0.6), source="A")


class Population(Record):
    """The addressable market: everybody who is, or could be, a customer."""

    n_customers: int = quantity(10_000, "persons", "Size of the addressable market, ours and outside.", low=50, high=20_000_000)
    initial_share: float = quantity(0.30, "share of customers", "Share of the market that is ours at the start.", low=0.0, high=0.95, sweep=(0.1, 0.5))
    value_spread: float = quantity(0.4, "log SD", "Spread of yearly value between customers of a segment (log-normal, mean kept).", low=0.0, high=2.0)
    pilot_share: float = quantity(0.2, "share of customers", "Share of customers who live in the region where pilots run.", low=0.01, high=0.99)
    segments: dict[str, Segment] = Field(
        default_factory=lambda: {"all": Segment()},
        description="The segments, by name.",
        json_schema_extra={"unit": "records", "source": "industry preset"},
    )
    network: Network = Network()

    @model_validator(mode="after")
    def _check(self) -> Population:
        total = sum(segment.share for segment in self.segments.values())
        if not self.segments or abs(total - 1.0) > 1e-6:
            raise ValueError(f"segments: the shares must sum to 1, they sum to {exactly(round(total, 9))}")
        if len(self.segments) > 16:
            raise ValueError(f"segments: at most 16 segments, given {len(self.segments)}")
        for name, segment in self.segments.items():
            for channel, habit in segment.channel_habits.items():
                if channel not in CHANNELS:
                    raise ValueError(f"segments.{name}.channel_habits: unknown channel {channel!r}; choose from {', '.join(CHANNELS)}")
                if not 0.0 <= habit <= 100.0:
                    raise ValueError(f"segments.{name}.channel_habits.{channel}: {exactly(habit)} is outside 0 to 100")
        if self.network.topology == "complete" and self.n_customers > 10_000:
            raise ValueError(f"network.topology: a complete network is for at most 10000 customers, n_customers is {self.n_customers}")
        if self.network.mean_degree >= self.n_customers:
            raise ValueError(f"network.mean_degree: {self.network.mean_degree} neighbours need more than {self.n_customers} customers")
        if self.network.topology in ("watts_strogatz", "barabasi_albert") and self.network.mean_degree % 2:
            raise ValueError(f"network.mean_degree: {self.network.mean_degree} must be even for {self.network.topology}")
        return self
