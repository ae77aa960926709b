"""Which org design is better in a telecom market, and how sure is that? Takes a few seconds.

A comparison runs every design on the same seeds, so that luck cancels. This one is small: without the sizes and without
``max_replicates`` it is the one that ``python -m analysis.compare industry=telecom`` makes.
"""

# %% Compare three designs
import analysis

comparison = analysis.compare(
    "industry=telecom",
    "population.n_customers=1000",
    "time.horizon_years=3",
    scenarios=["no_cxo", "responsible_cxo", "accountable_cxo"],
    max_replicates=10,
)
print(f"{comparison.industry}: {comparison.n_replicates} replicates of each design")

# %% What each design changes against having nobody, with 95 % intervals
table = comparison.table[comparison.table["design"] != "no_cxo"].set_index(["outcome", "design"])
shown = table.loc[["expected_retention_per_year", "mean_satisfaction", "npv", "npv_with_equity"]]
print(shown[["difference", "low", "high", "verdict"]].round(3).to_string())

# %% One replicate is one life of the company: the differences in profit, replicate by replicate
profit = {name: results.summary["npv_with_equity"] for name, results in comparison.results.items()}
gain = profit["accountable_cxo"] - profit["no_cxo"]
print(f"An accountable officer earns more in {(gain > 0).sum()} of {len(gain)} replicates.")
