"""An invented comparison: what is asked, and replicates whose luck meets the designs differently."""

from __future__ import annotations

import numpy as np

from analysis.compare.request import Request
from sim.parameters import Parameters
from tests.fakes import FakeReplicate, fake_replicate

REQUEST = Request(scenarios=("no_cxo", "accountable_cxo"), baseline="no_cxo", min_replicates=4, max_replicates=16)
SHORT = ("time.horizon_years=1", "time.burn_in_years=1", "run.n_workers=1")
SMALL = (*SHORT, "min_replicates=4", "max_replicates=8")


def noisy_replicate(parameters: Parameters, replicate: int) -> FakeReplicate:
    """Invent a replicate whose luck meets the designs differently, so that their differences vary."""
    fake = fake_replicate(parameters, replicate)
    rng = np.random.default_rng([replicate, int(100 * parameters.governance.decision_rights)])
    fake.summary.update({name: value + rng.normal(0.0, 0.5) for name, value in fake.summary.items()})
    return fake
