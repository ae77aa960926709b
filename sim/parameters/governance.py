"""The org design: one vector of levers, the only thing a scenario moves."""

from __future__ import annotations

from sim.parameters.record import Record, quantity


class Governance(Record):
    """The levers of an org design; the defaults are the status quo (nobody owns customer experience)."""

    added_cx_weight: float = quantity(0.0, "weight", "Weight of the CX score in scorecards, above base_cx_weight.", low=0.0, high=1.0, source="HM91, HSW94")
    local_weight_offset: float = quantity(0.0, "ratio", "How much of the CX weight is taken from the local weight (w_L = 1 - offset * w_X).", low=0.0, high=1.0, source="fixed bonus pool")
    attribution: float = quantity(0.0, "share", "How far the score is attributed to departments (alpha): 0 pooled, 1 own.", low=0.0, high=1.0, source="Holmstrom 1982")
    decision_rights: float = quantity(0.0, "share", "Decision rights over interfaces between departments (lambda).", low=0.0, high=1.0, source="V45, V46")
    role_held: float = quantity(0.0, "share", "Whether somebody holds the role (1) or nobody (0).", low=0.0, high=1.0)
    listening: float = quantity(0.0, "share", "Listening the holder commands; information is talent times listening.", low=0.0, high=1.0)
    ceo_involvement: float = quantity(0.0, "share", "How far information must pass the CEO's attention.", low=0.0, high=1.0, source="V47")
    base_talk: float = quantity(0.2, "share", "Talk between departments that happens anyway (h).", low=0.0, high=1.0, source="V46")
    talk_gain: float = quantity(0.0, "share per reliability", "Talk added by the holder's information.", low=0.0, high=1.0, source="V46")
    rel_office: float = quantity(0.0, "ratio", "CX office relative to a full one (costs.office_share).", low=0.0, high=5.0)
    rel_distraction: float = quantity(0.0, "ratio", "CEO distraction relative to costs.distraction_share.", low=0.0, high=5.0)
    rel_budget: float = quantity(0.0, "ratio", "CX budget relative to a full one (costs.initiatives_share).", low=0.0, high=5.0)
    turnover_per_year: float = quantity(0.0, "per year", "Hazard of the holder's leaving.", low=0.0, high=12.0, source="V51-V53")
    decision_lag_months: float = quantity(0.0, "months", "Age of the information that integrated decisions use.", low=0.0, high=36.0)
