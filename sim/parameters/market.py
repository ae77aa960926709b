"""The market: what makes customers leave, come back and arrive, and what the rival does."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sim.parameters.record import Record, quantity


class Frailty(Record):
    """Unobserved differences in how easily customers leave."""

    distribution: Literal["gamma", "beta"] = Field(
        default="gamma",
        description="Law of the multiplier of the leaving hazard (mean 1).",
        json_schema_extra={"unit": "choice", "source": "C: sBG"},
    )
    variance: float = quantity(0.35, "variance", "Variance of the multiplier; 0 makes all customers alike.", low=0.0, high=0.9, sweep=(0.0, 0.7))


class Rival(Record):
    """The competition, as one representative rival."""

    behaviour: Literal["fixed", "trending", "imitating"] = Field(
        default="fixed",
        description="The rival's quality stays, grows steadily, or follows ours with a lag.",
        json_schema_extra={"unit": "choice", "source": "V1"},
    )
    quality: float = quantity(0.0, "SD of encounters", "Quality of the rival at the start.", low=-3.0, high=3.0, sweep=(-0.5, 0.5))
    trend_per_year: float = quantity(0.05, "SD per year", "Growth of the rival's quality when it trends.", low=-1.0, high=1.0, sweep=(0.0, 0.15))
    imitation_lag_years: float = quantity(1.5, "years", "How late the imitating rival follows our gains.", low=0.05, high=20.0, sweep=(0.5, 4.0))
    imitation_share: float = quantity(0.8, "share", "How much of our gain the imitating rival matches.", low=0.0, high=1.5, sweep=(0.3, 1.0))


class Requirement(Record):
    """What the market holds one should deliver."""

    initial: float = quantity(0.5, "SD of encounters", "Requirement at the start (N_0), common to all touchpoints.", low=-3.0, high=3.0, sweep=(0.2, 1.0))
    ratchet_per_year: float = quantity(0.5, "per year", "Speed at which the requirement follows the best delivered (r_N).", low=0.0, high=10.0, sweep=(0.1, 1.0))
    fade_per_year: float = quantity(0.1, "per year", "Speed at which the requirement fades back (r_f).", low=0.0, high=10.0, sweep=(0.02, 0.2))
    max_rise: float = quantity(1.5, "SD of encounters", "How far the requirement can rise above its start.", low=0.0, high=10.0)
    promise_weight: float = quantity(0.25, "ratio", "Weight of our over-promise in what customers hold one should deliver.", low=0.0, high=2.0)


class Acquisition(Record):
    """How outsiders become customers."""

    innovation_per_year: float = quantity(0.03, "per year", "Hazard of buying for own reasons at neutral expectation, before advertising (p).", low=0.0, high=5.0, sweep=(0.005, 0.06), source="R: Sultan, Farley & Lehmann 1990")
    imitation_per_year: float = quantity(0.10, "per year", "Hazard added by satisfied customers among the neighbours (q).", low=0.0, high=5.0, sweep=(0.03, 0.3), source="R: Sultan, Farley & Lehmann 1990")
    expectation_effect: float = quantity(0.6, "log hazard per SD", "Effect of what the outsider expects on buying (b_E).", low=0.0, high=5.0, sweep=(0.2, 1.2))
    negative_weight: float = quantity(0.9, "ratio", "Weight of negative against positive tellers (phi_n).", low=0.0, high=5.0, sweep=(0.6, 1.5), source="V31")
    promise_precision: float = quantity(1.0, "messages", "How many messages the promise is worth in an outsider's expectation.", low=0.0, high=100.0, sweep=(0.3, 3.0))
    market_precision: float = quantity(2.0, "messages", "How many messages the market level is worth.", low=1e-3, high=100.0)
    market_level: float = quantity(0.0, "SD of encounters", "What is expected of an average provider.", low=-3.0, high=3.0)
    advertising: float = quantity(1.0, "ratio", "Advertising relative to the status quo that keeps the market share steady.", low=0.0, high=10.0)
    count_all_customers: bool = Field(
        default=False,
        description="Every customer counts as a positive teller, whatever they said (the classic Bass imitation).",
        json_schema_extra={"unit": "switch", "source": "R: Bass 1969"},
    )


class Calibration(Record):
    """Constants solved once from the status quo; giving them switches the solve off."""

    satisfaction_intercept: float = quantity(0.55, "satisfaction units", "s0: set so that the industry's share of customers is satisfied.", low=-20.0, high=20.0)
    baseline_hazard_per_year: float = quantity(0.2, "per year", "lambda0: set so that yearly churn equals the industry's.", low=0.0, high=1e4)
    advertising_scale: float = quantity(1.0, "ratio", "adv: set so that inflow equals outflow.", low=0.0, high=1e6)
    mean_satisfaction: float = quantity(0.6, "satisfaction units", "Stationary mean at status-quo quality of a person without personal offset.", low=-20.0, high=20.0)
    satisfaction_slope: float = quantity(0.55, "satisfaction units per SD", "Change of that mean per unit of quality.", low=-20.0, high=20.0)
    personal_amplification: float = quantity(0.0, "ratio", "How much further satisfaction lies from its mean than the personal level: peaks are remembered, so the happy are happier.", low=-0.9, high=10.0)
    residual_sd: float = quantity(0.4, "satisfaction units", "Stationary spread of satisfaction within a person.", low=0.0, high=20.0)
    mean_quality: float = quantity(0.0, "SD of encounters", "Quality of the status quo at which the means were taken.", low=-20.0, high=20.0)
    share_positive_tellers: float = quantity(0.3, "share of customers", "Share of our customers whose last telling within the recall was positive.", low=0.0, high=1.0)
    share_negative_tellers: float = quantity(0.1, "share of customers", "Share of our customers whose last telling within the recall was negative.", low=0.0, high=1.0)
    belief_precision: float = quantity(0.5, "messages", "Stationary mean information an outsider holds about us.", low=0.0, high=1e4)
    belief_sum: float = quantity(0.0, "messages times SD", "Stationary mean of the information-weighted messages.", low=-1e4, high=1e4)


class Market(Record):
    """Competition, churn, acquisition, the rival and the requirement."""

    competition: float = quantity(0.7, "ratio", "Leverage of satisfaction on leaving (comp): 0 is a monopoly.", low=0.0, high=3.0, sweep=(0.1, 1.3), source="V26")
    satisfaction_effect: float = quantity(0.86, "log hazard per satisfaction unit", "Effect of satisfaction on leaving at full competition (b_S).", low=0.0, high=5.0, sweep=(0.4, 1.2), source="V26")
    churn_per_year: float = quantity(0.12, "share per year", "Yearly churn of the status quo, which the calibration meets.", low=0.001, high=0.9, sweep=(0.04, 0.35), source="V65-V74")
    switching_cost: float = quantity(0.6, "log hazard", "Switching cost c_switch; lowers the hazard of all segments alike.", low=0.0, high=5.0, sweep=(0.0, 2.0))
    tenure_effect: float = quantity(0.1, "log hazard per log year", "How much longer tenure lowers the hazard (b_t).", low=0.0, high=0.6, sweep=(0.0, 0.3), source="V21")
    price_effect: float = quantity(1.5, "log hazard per relative price", "Effect of our price gap on leaving (b_price).", low=0.0, high=20.0, sweep=(0.5, 3.0), source="V27")
    price_shocks_per_year: float = quantity(0.4, "per year", "How often the price gap to the rival jumps.", low=0.0, high=52.0, sweep=(0.0, 1.0), source="V27")
    price_shock_size: float = quantity(0.08, "relative price", "SD of a jump of the price gap.", low=0.0, high=2.0, sweep=(0.02, 0.2), source="V27")
    price_shock_memory_years: float = quantity(0.5, "years", "Time constant with which a price gap closes.", low=0.01, high=20.0)
    spend_effect: float = quantity(0.08, "share per satisfaction unit", "Effect of satisfaction on yearly spend (b_w), share of wallet.", low=0.0, high=0.9, sweep=(0.0, 0.2))
    frailty: Frailty = Frailty()
    rival: Rival = Rival()
    requirement: Requirement = Requirement()
    acquisition: Acquisition = Acquisition()
    calibration: Calibration | None = Field(
        default=None,
        description="Constants of the status quo; solved when absent.",
        json_schema_extra={"unit": "record", "source": "solved"},
    )
