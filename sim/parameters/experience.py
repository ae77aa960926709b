"""How customers perceive, remember, complain and talk, and the journeys they make."""

from __future__ import annotations

from pydantic import Field, model_validator

from sim.parameters.population import CHANNELS
from sim.parameters.record import Record, exactly, quantity


class Perception(Record):
    """From an encounter to satisfaction with it."""

    encounter_sd: float = quantity(1.0, "SD of encounters", "Spread of encounters around the department's quality (sigma_x).", low=0.0, high=5.0, source="unit of the scale")
    assimilation: float = quantity(0.25, "share", "Pull of the will-expectation on perception (a_w).", low=0.0, high=0.95, sweep=(0.0, 0.5), source="V11; size A")
    contrast: float = quantity(0.10, "share", "Push of the should-expectation on perception (a_s).", low=0.0, high=0.95, sweep=(0.0, 0.3), source="V11; size A")
    zone_lower: float = quantity(0.3, "SD of encounters", "Zone of tolerance below expectation (z_l).", low=0.0, high=5.0, sweep=(0.0, 0.6), source="A")
    zone_upper: float = quantity(0.3, "SD of encounters", "Zone of tolerance above expectation (z_u).", low=0.0, high=5.0, sweep=(0.0, 0.6), source="A")
    loss_aversion: float = quantity(2.0, "ratio", "Weight of a shortfall against an equal surplus (Lambda).", low=1.0, high=5.0, sweep=(1.0, 2.5), source="V16, V17; null V18")
    quality_weight: float = quantity(0.5, "satisfaction units per SD", "Effect of perceived quality (b_q).", low=0.0, high=5.0, sweep=(0.25, 0.75), source="V61")
    disconfirmation_weight: float = quantity(0.5, "satisfaction units per SD", "Effect of valued disconfirmation (b_d).", low=0.0, high=5.0, sweep=(0.25, 0.75), source="V61")
    personal_satisfaction_sd: float = quantity(0.68, "satisfaction units", "Spread of personal satisfaction level (mu_i).", low=0.0, high=5.0)
    personal_requirement_sd: float = quantity(0.3, "SD of encounters", "Spread of personal requirement (nu_i).", low=0.0, high=5.0)
    share_satisfied: float = quantity(0.78, "share of customers", "Share satisfied in the status quo, which sets s0.", low=0.05, high=0.99, sweep=(0.7, 0.85), source="V75, V76")


class Learning(Record):
    """How expectations follow encounters (Kalman gain)."""

    prior_variance: float = quantity(4.0, "encounter variances", "Prior variance of a newcomer's expectation over that of encounters (V_0).", low=1e-3, high=1e6, sweep=(1.0, 10.0), source="A, V12")
    drift_variance: float = quantity(0.03, "encounter variances", "Variance of quality drift between contacts over that of encounters.", low=0.0, high=1.0, sweep=(0.0, 0.1), source="V13")


class Memory(Record):
    """From encounters to journeys and to cumulative satisfaction."""

    peak_weight: float = quantity(0.3, "share", "Weight of the most extreme encounter of a journey (w_p).", low=0.0, high=1.0, sweep=(0.0, 0.6), source="V20")
    satisfaction_gain: float = quantity(0.3, "share", "How far a journey of weight 1 moves satisfaction (a_S).", low=0.0, high=1.0, sweep=(0.15, 0.5), source="V21")
    nps_promoter_cut: float = quantity(0.8, "satisfaction units", "Reported satisfaction from which a customer is a promoter.", low=-10.0, high=10.0)
    nps_detractor_cut: float = quantity(0.0, "satisfaction units", "Reported satisfaction up to which a customer is a detractor.", low=-10.0, high=10.0)


class Recovery(Record):
    """Failures, complaints and what recovery gives back."""

    severity: float = quantity(1.0, "SD of encounters", "How much a failure takes from an encounter.", low=0.0, high=10.0, sweep=(0.3, 2.5))
    complaint_share: float = quantity(0.4, "probability", "Probability that a failure of severity 1 draws a complaint.", low=0.0, high=1.0, sweep=(0.1, 0.7), source="V22, V23")
    success_probability: float = quantity(0.5, "probability", "Probability that a complaint is recovered in the status quo.", low=0.0, high=1.0, sweep=(0.2, 0.9))
    support_effect: float = quantity(0.15, "probability per SD", "Effect of support quality on recovery.", low=0.0, high=1.0)
    loyalty_restored: float = quantity(0.7, "share", "Share of the lost satisfaction that recovery gives back (phi).", low=0.0, high=0.999, sweep=(0.3, 0.95), source="V24, V25")
    glow: float = quantity(0.4, "share", "Share of the loss added to transient satisfaction by recovery (phi_sat).", low=0.0, high=3.0, sweep=(0.0, 1.2), source="V24")
    glow_years: float = quantity(1.0 / 12.0, "years", "Time constant of transient satisfaction.", low=1e-3, high=5.0)
    double_deviation: float = quantity(1.5, "ratio", "How much more a second failure hurts (dd).", low=1.0, high=5.0, sweep=(1.0, 2.0), source="V25")
    double_deviation_years: float = quantity(0.25, "years", "How long after a failure the next counts as the second.", low=0.0, high=5.0, source="V25")


class WordOfMouth(Record):
    """Who talks, and what a message does to the one who hears it."""

    tell_base: float = quantity(0.05, "probability", "Probability of telling a neighbour about a neutral journey (u0).", low=0.0, high=1.0)
    tell_positive: float = quantity(0.10, "probability per satisfaction unit", "Added per unit of satisfaction (u_pos).", low=0.0, high=1.0, sweep=(0.04, 0.16), source="V22")
    tell_negative: float = quantity(0.20, "probability per satisfaction unit", "Added per unit of dissatisfaction (u_neg); twice the positive rate.", low=0.0, high=1.0, sweep=(0.1, 0.3), source="V22")
    strength: float = quantity(1.0, "ratio", "Multiplies all three tell rates.", low=0.0, high=5.0, sweep=(0.3, 2.0))
    recall_years: float = quantity(1.0, "years", "How long a telling counts for imitation.", low=0.02, high=10.0)
    message_precision: float = quantity(0.5, "messages", "Weight of one message in an outsider's belief.", low=0.0, high=100.0)
    negative_impact: float = quantity(0.9, "ratio", "Weight of a negative against a positive message.", low=0.0, high=5.0, sweep=(0.6, 1.5), source="V31, V62")
    contradiction: float = quantity(0.3, "ratio", "How strongly a message is discounted when it contradicts a firm belief.", low=0.0, high=50.0, source="V31")
    belief_memory_years: float = quantity(2.0, "years", "Time constant with which messages are forgotten.", low=0.05, high=50.0)
    own_experience_precision: float = quantity(3.0, "messages", "How many messages one's own experience is worth after leaving.", low=0.0, high=1000.0)
    customer_gain: float = quantity(0.02, "share", "How far one message moves a customer's own expectations.", low=0.0, high=1.0)


class Channel(Record):
    """What a channel changes in an encounter."""

    quality: float = quantity(0.0, "SD of encounters", "Quality of the channel relative to the department's.", low=-3.0, high=3.0)
    rel_cost: float = quantity(1.0, "ratio", "Cost of an encounter in this channel relative to the department's.", low=0.0, high=20.0)


class Step(Record):
    """One encounter of a journey: with whom, and through which channels."""

    department: str = Field(description="Department that owns the touchpoint.", json_schema_extra={"unit": "name", "source": "industry preset"})
    channels: dict[str, float] = Field(
        default_factory=lambda: {"phone": 1.0},
        description="Weight of each channel at this step before the segment's habits.",
        json_schema_extra={"unit": "share", "source": "assumption"},
    )


class Journey(Record):
    """A sequence of touchpoints that a customer crosses for one purpose."""

    rate_per_year: float = quantity(1.0, "per year", "How often a customer makes the journey.", low=0.0, high=365.0)
    importance: float = quantity(1.0, "ratio", "Weight of the journey in satisfaction (w_j); a moment of truth is rare and heavy.", low=0.0, high=20.0)
    rel_severity: float = quantity(1.0, "ratio", "Severity of a failure relative to experience.recovery.severity.", low=0.0, high=10.0)
    steps: tuple[Step, ...] = Field(description="The encounters in order.", min_length=1, max_length=12, json_schema_extra={"unit": "records", "source": "industry preset"})

    @model_validator(mode="after")
    def _check(self) -> Journey:
        for number, step in enumerate(self.steps):
            unknown = [name for name in step.channels if name not in CHANNELS]
            if unknown:
                raise ValueError(f"steps.{number}.channels: unknown channel {unknown[0]!r}; choose from {', '.join(CHANNELS)}")
            negative = [name for name, weight in step.channels.items() if weight < 0.0]
            if negative:
                raise ValueError(f"steps.{number}.channels.{negative[0]}: {exactly(step.channels[negative[0]])} is negative; a weight is 0 or more")
            total = sum(step.channels.values())
            if abs(total - 1.0) > 1e-6:
                raise ValueError(f"steps.{number}.channels: weights must sum to 1, they sum to {exactly(round(total, 9))}")
        return self


class Experience(Record):
    """Perception, learning, memory, recovery, word of mouth and channels."""

    perception: Perception = Perception()
    learning: Learning = Learning()
    memory: Memory = Memory()
    recovery: Recovery = Recovery()
    word_of_mouth: WordOfMouth = WordOfMouth()
    channel_handoff_failure: float = quantity(0.01, "probability", "Failure of a hand-off between two channels.", low=0.0, high=0.5, sweep=(0.0, 0.05))
    channels: dict[str, Channel] = Field(
        default_factory=dict,
        description="What each channel changes; neutral where not named.",
        json_schema_extra={"unit": "records", "source": "assumption"},
    )

    @model_validator(mode="after")
    def _check(self) -> Experience:
        unknown = [name for name in self.channels if name not in CHANNELS]
        if unknown:
            raise ValueError(f"channels: unknown channel {unknown[0]!r}; choose from {', '.join(CHANNELS)}")
        return self
