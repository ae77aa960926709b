"""A small study, kept as a file and asked in SQL: where does an accountable officer pay? Takes about ten seconds.

DuckDB reads the Parquet table of a study as it stands; it comes with the extra ``study``.
"""

# %% Run a study: each of 24 markets under two designs, on the same seeds
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

import analysis

study = analysis.study(
    "population.n_customers=500",
    "time.burn_in_years=1",
    "time.horizon_years=4",
    points=24,
    workers=1,
    factors={"market.competition": [0.1, 1.5], "organisation.initiatives.fix_effect": [0.2, 2.4]},
    scenarios=["no_cxo", "accountable_cxo"],
)
print(f"{len(study.table)} runs, {len(study.failures)} without outcomes")

# %% Keep the table; python -m analysis.study writes the same as table.parquet into its folder
folder = TemporaryDirectory()
table = Path(folder.name) / "table.parquet"
study.table.to_parquet(table)

# %% Pair the designs by point and seed, and cut into three by how much an initiative mends
runs = duckdb.read_parquet(str(table))
found = duckdb.sql("""
    WITH paired AS (
        SELECT point, seed, any_value("organisation.initiatives.fix_effect") AS effect,
               any_value(initial_revenue) AS revenue,
               sum(npv_with_equity) FILTER (scenario = 'accountable_cxo')
               - sum(npv_with_equity) FILTER (scenario = 'no_cxo') AS gain
        FROM runs GROUP BY point, seed
    ), thirds AS (SELECT *, ntile(3) OVER (ORDER BY effect) AS third FROM paired)
    SELECT third, round(min(effect), 2) AS from_effect, round(max(effect), 2) AS to_effect,
           count(*) AS markets, round(100 * avg(gain / revenue), 1) AS gain_in_per_cent_of_revenue,
           round(100 * avg((gain > 0)::INT)) AS pays_in_per_cent
    FROM thirds GROUP BY third ORDER BY third
""")
print(found)

# %% What the same table says as maps: shares of points at which each design is best
print(analysis.maps(study).winners.shares.round(2).to_string(index=False))
folder.cleanup()
