"""Two designs in Mesa's own ``batch_run``: the headline outcomes of each, replicate by replicate.

Run it with ``python examples/mesa_batch.py``; it takes some seconds.
"""

# %% Two designs, and how many replicates of each
import mesa.batchrunner
import pandas as pd

import sim
from sim.model import CustomerExperienceModel

DESIGNS = ("no_cxo", "accountable_cxo")
N_REPLICATES = 4


# %% One row per design and replicate, as `batch_run` of Mesa returns them
def run_batch(*overrides: str) -> pd.DataFrame:
    """Return one row per design and replicate, with the outcomes of the run as columns.

    Parameters
    ----------
    *overrides
        Keys and values for all designs, as on the command line.
    """
    designs = [sim.compose(f"scenario={name}", "population=small", *overrides) for name in DESIGNS]
    # Replicate r has the same luck in both designs. `iterations=4` would number the replicates as well.
    rows = mesa.batchrunner.batch_run(
        CustomerExperienceModel,
        {"parameters": designs, "replicate": range(N_REPLICATES)},
        max_steps=designs[0].time.n_periods,
        display_progress=False,
    )
    table = pd.DataFrame(rows)
    table["design"] = [parameters.scenario.name for parameters in table.pop("parameters")]
    return table.set_index(["replicate", "design"]).sort_index()


# %% What the role changes, replicate by replicate
def main() -> None:
    """Print what the role changes, with the spread over replicates."""
    value = run_batch().pivot_table("npv_with_equity", "replicate", "design")
    change = value["accountable_cxo"] - value["no_cxo"]
    print(value.round(0).to_string())
    error = change.to_numpy().std(ddof=1) / len(change) ** 0.5
    print(f"\nchange: {change.to_numpy().mean():,.0f}, standard error {error:,.0f}")


if __name__ == "__main__":
    main()
