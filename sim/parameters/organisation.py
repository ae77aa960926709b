"""The company: departments, contracts, practices, promises, gaps, workforce, initiatives and executives."""

from __future__ import annotations

from pydantic import Field, model_validator

from sim.parameters.record import Record, quantity, text


class Department(Record):
    """One silo: what it is paid on, what it costs and how good it is in the status quo."""

    metric: str = text("local output", "The local metric the department is paid on.", source="S000")
    metric_unit: str = text("index, status quo = 1", "Unit of the local metric.")
    metric_base: float = quantity(1.0, "unit of the metric", "Value of the local metric in the status quo.", low=-1e9, high=1e9)
    metric_per_effort: float = quantity(1.0, "ratio", "Elasticity of the local metric to effort on the own task; negative where less is better.", low=-5.0, high=5.0)
    sets_promise: bool = Field(default=False, description="The department sets the promise made to the market.", json_schema_extra={"unit": "switch", "source": "S000"})
    handles_complaints: bool = Field(default=False, description="The department recovers complaints.", json_schema_extra={"unit": "switch", "source": "assumption"})
    base_quality: float = quantity(0.0, "SD of encounters", "Quality specified without any effort on experience (q0).", low=-3.0, high=3.0)
    knowledge_bias: float = quantity(-0.3, "SD of encounters", "Error in what the department believes customers require when nobody listens.", low=-3.0, high=3.0, sweep=(-0.6, 0.0))
    service_cost_eur: float = quantity(8.0, "currency per encounter", "Cost of serving one encounter in the status quo.", low=0.0, high=1e6)
    failure_probability: float = quantity(0.05, "probability", "Failure of an encounter at quality 0, without hand-off failures (f0).", low=0.0, high=0.9, source="A")
    rel_capacity: float = quantity(1.1, "ratio", "Capacity over the demand of the status quo.", low=0.2, high=10.0)


class Contracts(Record):
    """How departments are paid and how they answer (Holmstrom & Milgrom 1991)."""

    base_cx_weight: float = quantity(0.05, "weight", "Weight of the CX score in scorecards before any design moves it (w_B).", low=0.0, high=1.0, sweep=(0.0, 0.15))
    effort_substitution: float = quantity(0.3, "ratio", "How much effort on one task raises the cost of the other (kappa).", low=0.0, high=0.95, sweep=(0.05, 0.8), source="HM91, A")
    intrinsic_motivation: float = quantity(0.30, "weight", "Care for customers that nobody pays for (m_0).", low=0.0, high=2.0, sweep=(0.2, 0.5))
    gaming_cost: float = quantity(3.0, "ratio", "Curvature of the cost of gaming the score (k_g).", low=0.05, high=1e6, sweep=(0.3, 10.0), source="V44")
    risk_aversion: float = quantity(1.0, "per unit of pay", "Risk aversion of department heads (rho).", low=0.0, high=20.0, sweep=(0.3, 2.0), source="A")
    local_noise_sd: float = quantity(0.3, "effort units", "Noise of local metrics (s_L).", low=0.0, high=20.0)
    kpi_noise_sd: float = quantity(0.6, "effort units", "Noise of the pooled CX score at a survey of 400 (s_K).", low=0.0, high=20.0, sweep=(0.2, 1.5), source="C: NPS sampling error")
    incentive_share: float = quantity(0.01, "share of revenue", "Scale of incentive pay (psi).", low=0.0, high=0.5, sweep=(0.005, 0.02))
    culture_years: float = quantity(1.5, "years", "Time constant with which a new contract reaches behaviour.", low=0.0, high=20.0, sweep=(1.0, 3.0), source="A, V51")


class Coordination(Record):
    """Practices, misfit and hand-offs (Dessein & Santos 2006; Alonso, Dessein & Matouschek 2008)."""

    interdependence: float = quantity(1.0, "ratio", "Need of coordination against adaptation (delta).", low=0.0, high=20.0, sweep=(0.1, 3.0))
    local_sd: float = quantity(1.0, "practice units", "Spread of local conditions theta.", low=0.0, high=10.0, source="unit of the scale")
    local_memory_years: float = quantity(1.0, "years", "Time constant of local conditions.", low=0.01, high=50.0, sweep=(0.3, 3.0))
    handoff_failure: float = quantity(0.03, "probability", "Failure of a hand-off between aligned departments (h0).", low=0.0, high=0.5, sweep=(0.005, 0.10), source="A")
    mismatch_failure: float = quantity(0.01, "probability per squared unit", "Failure added by mismatched practices (h1).", low=0.0, high=0.5, sweep=(0.002, 0.03))
    misfit_quality: float = quantity(0.1, "SD per squared unit", "Quality lost when practice does not fit local conditions (b_fit).", low=0.0, high=3.0, sweep=(0.0, 0.3))
    misfit_cost: float = quantity(0.1, "share per squared unit", "Unit cost added by misfit (k_fit).", low=0.0, high=3.0)


class Promise(Record):
    """Over-promising by the department that sells."""

    temptation: float = quantity(0.3, "SD per weight", "Over-promise per unit of local weight (eta).", low=0.0, high=5.0, sweep=(0.0, 0.6))
    resistance: float = quantity(1.0, "weight", "What restrains over-promising without a CX weight (k_p).", low=0.05, high=100.0)
    accountability: float = quantity(2.0, "ratio", "How strongly the CX weight restrains it (chi).", low=0.0, high=100.0, sweep=(0.5, 5.0))


class Delivery(Record):
    """From what is known to what is delivered, what it costs, and how the gaps open."""

    effort_scale: float = quantity(1.5, "effort units", "Effort on experience at which 63 % of the known gap is specified away (c0).", low=0.05, high=50.0)
    adjustment_years: float = quantity(0.75, "years", "Time constant with which delivery follows specification (tau).", low=0.0, high=20.0)
    knowledge_noise_sd: float = quantity(0.1, "SD of encounters", "Noise of what departments believe customers require, when nobody listens.", low=0.0, high=3.0)
    knowledge_memory_years: float = quantity(0.5, "years", "Time constant of that noise.", low=0.01, high=20.0)
    effort_quality: float = quantity(0.3, "SD per effort unit", "Quality lost when a department cuts its own task short (b_e).", low=0.0, high=3.0, sweep=(0.0, 0.6))
    effort_saving: float = quantity(0.2, "log cost per effort unit", "How effort on the own task lowers unit cost (gamma_e).", low=0.0, high=3.0, sweep=(0.05, 0.4))
    quality_cost: float = quantity(0.15, "share per squared SD", "Unit cost added by quality above average (k_q).", low=0.0, high=5.0, sweep=(0.05, 0.4), source="V8, V41")
    conformance: float = quantity(0.4, "log probability per SD", "How quality lowers failures (gamma_f).", low=0.0, high=3.0, sweep=(0.2, 0.8), source="V41")
    rework_cost_eur: float = quantity(30.0, "currency per failure", "Cost of putting right a failed encounter or hand-off.", low=0.0, high=1e6)
    recovery_cost_eur: float = quantity(20.0, "currency per complaint", "Cost of a recovered complaint.", low=0.0, high=1e6)
    complaint_capacity: float = quantity(1.5, "ratio", "Complaints that can be handled, over those of the status quo.", low=0.0, high=100.0)


class Workforce(Record):
    """Load, morale, quits and eroding standards (Oliva & Sterman 2001)."""

    load_quality: float = quantity(0.5, "SD per unit of overload", "Quality lost by overload (b_load).", low=0.0, high=10.0)
    morale_quality: float = quantity(0.3, "SD per unit of morale", "Quality lost by low morale (b_m).", low=0.0, high=10.0, sweep=(0.0, 0.6), source="V38, V39")
    morale_years: float = quantity(0.5, "years", "Time constant of morale.", low=0.02, high=20.0)
    overload_morale: float = quantity(1.0, "morale per unit of overload", "Morale lost by overload.", low=0.0, high=10.0)
    complaint_morale: float = quantity(0.1, "morale per doubling", "Morale lost when complaints double against the status quo.", low=0.0, high=5.0)
    recognition_morale: float = quantity(0.1, "morale per weight", "Morale gained where care for customers is recognised (per unit of attributed CX weight).", low=0.0, high=5.0)
    quits_per_year: float = quantity(0.2, "per year", "Quit rate at status-quo morale.", low=0.0, high=5.0, source="R")
    quit_morale: float = quantity(1.5, "log rate per unit of morale", "How low morale raises quits.", low=0.0, high=10.0)
    hiring_years: float = quantity(0.4, "years", "Time constant with which vacancies are filled.", low=0.02, high=10.0)
    floating_standards: bool = Field(default=True, description="Standards erode under overload and low morale.", json_schema_extra={"unit": "switch", "source": "V40"})
    erosion_years: float = quantity(1.0, "years", "Time constant of erosion (tau_down).", low=0.05, high=50.0, source="V40")
    rebuild_years: float = quantity(10.0, "years", "Time constant of rebuilding (tau_up).", low=0.05, high=200.0, source="V40")
    erosion_threshold: float = quantity(0.05, "SD of encounters", "Loss of quality below which standards hold.", low=0.0, high=3.0)
    hold_load: float | None = Field(
        default=None, ge=0.0, le=10.0, description="Holds the pressure of work: load at this value outside an imposed surge, complaints as in the status quo (an experiment); absent in normal use.", json_schema_extra={"unit": "ratio", "source": "experiment"}
    )
    overload_start_years: float = quantity(0.0, "years after the switch", "Start of an imposed surge of demand (an experiment).", low=0.0, high=50.0)
    overload_years: float = quantity(0.0, "years", "Length of the imposed surge; 0 for none.", low=0.0, high=50.0)
    overload_factor: float = quantity(1.0, "ratio", "Demand during the imposed surge, over normal demand.", low=0.1, high=10.0)


class Initiatives(Record):
    """What the holder of the CX role proposes, pilots and scales."""

    fix_effect: float = quantity(1.0, "SD per full quarterly budget", "Quality gained by a successful touchpoint fix.", low=0.0, high=10.0, sweep=(0.2, 2.4))
    handoff_effect: float = quantity(0.5, "share per full quarterly budget", "Share of a hand-off's failures removed by a successful fix.", low=0.0, high=1.0, sweep=(0.1, 0.8))
    listening_effect: float = quantity(0.15, "reliability per full quarterly budget", "Knowledge gained by a successful listening programme.", low=0.0, high=1.0)
    tools_effect: float = quantity(0.2, "morale per full quarterly budget", "Morale gained by employee tools.", low=0.0, high=5.0, source="H10; V38, V39")
    half_life_years: float = quantity(17.0 / 12.0, "years", "Half-life of an effect without upkeep.", low=0.05, high=50.0)
    upkeep_share: float = quantity(0.0, "share of CX budget", "Part of the budget that keeps effects alive instead of adding new ones.", low=0.0, high=1.0)
    base_success: float = quantity(0.35, "probability", "Chance that a proposal works when the holder knows nothing.", low=0.0, high=1.0)
    informed_success: float = quantity(0.5, "probability", "Added chance at full information reliability.", low=0.0, high=1.0)
    estimate_noise: float = quantity(0.5, "log SD", "Noise of estimated value when nobody listens; falls with information.", low=0.0, high=5.0)
    proposal_size: float = quantity(0.5, "full quarterly budgets", "Size of a standard proposal; the last of a quarter takes what is left of the budget.", low=0.05, high=5.0)
    attempts: int = quantity(2, "proposals", "Proposals brought, best first, for each place in the quarter's budget until one passes.", low=1, high=20)
    pilot_quarters: int = quantity(1, "quarters", "How long a pilot runs before it is judged.", low=1, high=8)
    pilot_cost_share: float = quantity(0.4, "share of the proposal", "Part of a proposal's money that its pilot spends; the rest is spent when it is scaled.", low=0.0, high=1.0)
    pilot_noise: float = quantity(0.3, "SD of encounters", "Noise of the measured success of a pilot at a survey of 400.", low=0.0, high=10.0)
    buy_in_scale: float = quantity(0.3, "weight", "How sharply a department's buy-in answers to its own net benefit.", low=0.01, high=10.0)
    local_disruption: float = quantity(0.6, "weight", "What a change costs a department in its own metric.", low=0.0, high=10.0)
    credibility_gain: float = quantity(0.25, "share", "How far a judged pilot moves credibility.", low=0.0, high=1.0)
    rescue_effect: float = quantity(0.2, "probability", "Recovery gained when all CX capacity is refused and turns to rescue work.", low=0.0, high=1.0)


class Executives(Record):
    """The CEO and the holder of the CX role."""

    commitment_mean: float = quantity(0.6, "share", "CEO's commitment to which it reverts.", low=0.0, high=1.0, sweep=(0.2, 1.0), source="A; V54")
    commitment_sd: float = quantity(0.15, "share", "Spread of commitment.", low=0.0, high=1.0)
    commitment_years: float = quantity(1.0, "years", "Time constant of commitment.", low=0.05, high=50.0)
    impatience: float = quantity(0.5, "share per share of profit", "Commitment lost per relative shortfall of a quarter's profit.", low=0.0, high=10.0, sweep=(0.0, 2.0))
    ceo_attention: float = quantity(0.5, "share", "Attention the CEO can give to customer experience.", low=0.0, high=1.0, sweep=(0.3, 1.0))
    talent_mean: float = quantity(0.6, "reliability", "Talent of holders of the role.", low=0.0, high=1.0, sweep=(0.1, 0.95), source="A")
    talent_sd: float = quantity(0.1, "reliability", "Spread of talent between holders.", low=0.0, high=1.0)
    initial_credibility: float = quantity(0.5, "share", "Credibility of a new holder.", low=0.0, high=1.0, sweep=(0.2, 0.8), source="S000")
    vacancy_years: float = quantity(0.33, "years", "How long the role stays vacant after a holder leaves.", low=0.0, high=5.0)


class Listening(Record):
    """What the company knows about its customers without and with a holder of the role."""

    survey_size: int = quantity(400, "answers per quarter", "Customers surveyed per quarter, firm-wide.", low=10, high=1_000_000, sweep=(50, 5000), source="C")
    base_information: float = quantity(0.2, "reliability", "Information reliability when nobody holds the role (g_0).", low=0.0, high=1.0, sweep=(0.05, 0.4))


class Costs(Record):
    """What governance costs, as shares of revenue."""

    office_share: float = quantity(0.003, "share of revenue", "A full CX office (F).", low=0.0, high=0.5, sweep=(0.001, 0.02), source="derived, V54")
    distraction_share: float = quantity(0.003, "share of revenue", "The CEO's distraction when CEO and CX manager are one (D).", low=0.0, high=0.5, sweep=(0.001, 0.01))
    influence_share: float = quantity(0.003, "share of revenue", "Influence activity at full authority and no commitment (iota).", low=0.0, high=0.5, sweep=(0.001, 0.01), source="V49, V50")
    initiatives_share: float = quantity(0.006, "share of revenue", "The full CX budget.", low=0.0, high=0.5, sweep=(0.002, 0.03), source="R")


class Links(Record):
    """Which links from the organisation to the market are on; off means the status quo is delivered for ever."""

    quality: bool = Field(default=True, description="Delivered quality and failures reach customers.", json_schema_extra={"unit": "switch", "source": "experiment"})
    handoffs: bool = Field(default=True, description="Hand-off failures follow the organisation.", json_schema_extra={"unit": "switch", "source": "experiment"})
    promise: bool = Field(default=True, description="The promise follows the organisation.", json_schema_extra={"unit": "switch", "source": "experiment"})
    recovery: bool = Field(default=True, description="Recovery of complaints follows the organisation.", json_schema_extra={"unit": "switch", "source": "experiment"})
    requirement: bool = Field(default=True, description="What customers require follows what we deliver and promise.", json_schema_extra={"unit": "switch", "source": "experiment"})
    operating_cost: bool = Field(default=True, description="Cost to serve follows effort, quality and practices.", json_schema_extra={"unit": "switch", "source": "experiment"})


class Frozen(Record):
    """Parts of the organisation held at the status quo (experiments)."""

    effort: bool = Field(default=False, description="Efforts and incentive pay stay those of the status quo.", json_schema_extra={"unit": "switch", "source": "experiment"})
    practices: bool = Field(default=False, description="Practices stay those of silos.", json_schema_extra={"unit": "switch", "source": "experiment"})
    initiatives: bool = Field(default=False, description="No initiatives are proposed or paid.", json_schema_extra={"unit": "switch", "source": "experiment"})


class Organisation(Record):
    """Everything the company does that is not a lever of the design."""

    departments: dict[str, Department] = Field(
        default_factory=lambda: {"sales": Department(sets_promise=True), "operations": Department(), "support": Department(handles_complaints=True)},
        description="The departments, by name, 3 to 9.",
        json_schema_extra={"unit": "records", "source": "industry preset"},
    )
    contracts: Contracts = Contracts()
    coordination: Coordination = Coordination()
    promise: Promise = Promise()
    delivery: Delivery = Delivery()
    workforce: Workforce = Workforce()
    initiatives: Initiatives = Initiatives()
    executives: Executives = Executives()
    listening: Listening = Listening()
    costs: Costs = Costs()
    links: Links = Links()
    frozen: Frozen = Frozen()

    @model_validator(mode="after")
    def _check(self) -> Organisation:
        if not 3 <= len(self.departments) <= 9:
            raise ValueError(f"departments: 3 to 9 departments, given {len(self.departments)}")
        if sum(d.sets_promise for d in self.departments.values()) != 1:
            raise ValueError("departments: exactly one department must have sets_promise: true")
        if not any(d.handles_complaints for d in self.departments.values()):
            raise ValueError("departments: at least one department must have handles_complaints: true")
        return self
