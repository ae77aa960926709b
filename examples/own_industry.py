"""An industry of one's own: a chain of gyms, written as changes to an industry that is there. Takes a few seconds.

In practice the file lies in a folder of yours and stays; here the folder is temporary. The command line takes the same
folder: ``python -m sim --config-dir mine industry=gyms``.
"""

# %% Begin with a copy of an industry that is there
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

import analysis
import sim
from sim.errors import UserError

content = yaml.safe_load((files("conf") / "industry" / "ecommerce.yaml").read_text(encoding="utf-8"))
content["industry"]["title"] = "A chain of gyms, where members pay monthly and forget to come"
for segment in content["population"]["segments"].values():
    segment["value_eur_per_year"] *= 3.0
    segment["switching_cost"] += 0.3

# %% Write it into a folder of your own; the first line says that its keys begin at the top
own = TemporaryDirectory()
path = Path(own.name) / "industry" / "gyms.yaml"
path.parent.mkdir()
path.write_text(f"# @package _global_\n{yaml.safe_dump(content, sort_keys=False)}", encoding="utf-8")

# %% Parameters are validated when they are composed: a mistake is refused in one line
small = ("industry=gyms", "population.n_customers=1000", "time.horizon_years=3")
parameters = sim.compose(*small, config_dir=own.name)
print(parameters.industry.title)
try:
    sim.compose(*small, "market.competition=9", config_dir=own.name)
except UserError as error:
    print(f"Refused: {error}")

# %% What does an accountable officer change there?
comparison = analysis.compare(*small, config_dir=own.name, scenarios=["no_cxo", "accountable_cxo"], max_replicates=10)
for outcome in ("expected_retention_per_year", "npv_with_equity"):
    row = comparison.row("accountable_cxo", outcome)
    print(f"{row['title']}: {row['difference']:+.4g} ({row['low']:+.4g} to {row['high']:+.4g}) {row['unit']}")
own.cleanup()
