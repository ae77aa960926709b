"""Tuned against tuned: known optima, optimism on noise, resuming, feasible sets as data, sentences and the command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.mandate import search as search_module
from analysis.mandate.judging import gains, leader, pairs
from analysis.mandate.request import FIRST_HELD_OUT
from analysis.mandate.result import Tuned
from analysis.mandate.tuning import tune
from analysis.mandate.work import Job, Measured
from analysis.show.mandate.picture import draw
from analysis.show.mandate.text import (
    Spoken,
    flip_sentence,
    gain_sentence,
    optimism_sentence,
    order_sentence,
    paragraph,
    sentences,
)
from tests.tuned_cases import BEST, RANGES, feasible, invented, noise_of, quadratic, task, tell_nobody

pytest.importorskip("optuna", reason="tuning needs the extra [study]")

# The search


def test_the_best_setting_of_a_quadratic_is_found_and_bounds_hold() -> None:
    sets = {"a": feasible("a", RANGES), "b": feasible("b", {})}
    found = tune(task(sets, trials=160, training_seeds=2, held_out_seeds=3), tell_nobody, quadratic)
    levers = found.free("a").set_index("lever")
    for name, (low, high) in RANGES.items():
        best = min(max(BEST[name], low), high)
        assert abs(levers.loc[name, "tuned"] - best) <= 0.05 * (high - low), name
    trials = found.trials[found.trials["design"] == "a"]
    assert trials.loc[0, list(RANGES)].to_dict() == {name: low for name, (low, _) in RANGES.items()}
    for name, (low, high) in RANGES.items():
        assert trials[name].between(low, high).all()
    assert trials.loc[trials["chosen"], "mean"].item() == trials["mean"].max()
    assert len(found.trials[found.trials["design"] == "b"]) == 1


def test_the_learning_search_beats_drawing_at_random(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = {"a": feasible("a", RANGES), "b": feasible("b", {})}

    def lost(seed: int) -> float:
        asked = task(sets, trials=60, training_seeds=2, held_out_seeds=2, search_seed=seed)
        return -float(tune(asked, tell_nobody, quadratic).values("tuned")["a"].mean())

    learning = [lost(seed) for seed in range(3)]
    monkeypatch.setattr(search_module, "FEWEST_AT_RANDOM", 60)
    assert np.mean(learning) < np.mean([lost(seed) for seed in range(3)])


def test_a_design_is_tuned_alike_whatever_else_is_tuned_and_more_trials_begin_with_the_fewer() -> None:
    sets = {name: feasible(name, RANGES) for name in "abc"}
    request = {"trials": 20, "batch": 6, "training_seeds": 2, "held_out_seeds": 2}
    alone, three = (
        tune(task({name: sets[name] for name in names}, **request), tell_nobody, quadratic) for names in ("ab", "abc")
    )
    longer = tune(task({name: sets[name] for name in "ab"}, **request | {"trials": 33}), tell_nobody, quadratic)
    for other in (three, longer):
        shown = [one.trials[one.trials["design"] == "a"].head(20) for one in (alone, other)]
        pd.testing.assert_frame_equal(*(one.drop(columns="chosen") for one in shown))


def test_the_order_in_which_processes_end_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = {name: feasible(name, RANGES) for name in "ab"}
    asked = task(sets, trials=20, training_seeds=2, held_out_seeds=2)
    one = tune(asked, tell_nobody, quadratic)

    class Backwards:
        """A pool whose last job ends first."""

        def __init__(self, n_workers: int) -> None:
            self.n_workers = n_workers

        def map(self, run: Callable[[Job], Measured], jobs: Sequence[Job], done: Callable[[Measured], None]) -> None:
            for job in reversed(jobs):
                done(run(job))

        def __exit__(self, *_: object) -> None:
            pass

    used = []

    def pool(n_workers: int) -> Backwards:
        used.append(n_workers)
        return Backwards(n_workers)

    monkeypatch.setattr("analysis.mandate.work.Pool", pool)
    many = {
        name: one.model_copy(update={"run": one.run.model_copy(update={"n_workers": 2})})
        for name, one in asked.parameters.items()
    }

    def fresh(job: Job) -> Measured:
        measured = quadratic(job)
        return Measured(measured.place, measured.outcomes, n_run=1)

    two = tune(type(asked)(asked.request, many, asked.sets, asked.store), tell_nobody, fresh)
    assert used == [2]
    for table in ("trials", "levers", "runs"):
        pd.testing.assert_frame_equal(getattr(one, table), getattr(two, table))


# Optimism


def test_on_pure_noise_training_promises_and_held_out_seeds_do_not() -> None:
    # 30 tunings of settings that all are worth nothing; 95 % intervals leave out 0 in at most 5 of 30 at a chance of
    # 0.9967 (binomial, 5 %), and the seeds are fixed. All training gains are positive: the best of 12 means of 4.
    sets = {"a": feasible("a", {"added_cx_weight": (0.0, 1.0)}), "b": feasible("b", {})}
    seen = []
    for round_ in range(30):
        asked = task(sets, trials=12, batch=12, training_seeds=4, held_out_seeds=12, search_seed=round_)
        seen.append(gains(tune(asked, tell_nobody, noise_of(round_))).set_index("design").loc["a"])
    table = pd.DataFrame(seen)
    assert (table["training"] >= 0.0).all()
    assert table["training"].mean() > 0.5
    assert (table["low"] > 0.0).sum() + (table["high"] < 0.0).sum() <= stats.binom.ppf(0.9967, 30, 0.05)
    assert abs(table["held_out"].mean()) < 3.0 * np.sqrt(2.0 / 12.0 / 30.0)
    np.testing.assert_allclose(table["optimism"], table["training"] - table["held_out"])


def test_seeds_that_tune_never_judge() -> None:
    asked = task({"a": feasible("a", RANGES), "b": feasible("b", {})}, training_seeds=FIRST_HELD_OUT).request
    assert not set(asked.training) & set(asked.held_out)


# Judging, by hand


FLIPS = [
    ({"no_cxo": 5.0, "mine": 3.0}, {"no_cxo": 9.0, "mine": 3.5}, "The answer does not flip"),
    ({"no_cxo": 5.0, "mine": 3.0}, {"no_cxo": 5.5, "mine": 9.0}, "The answer flips when every design is tuned: "),
    ({"no_cxo": 5.0, "mine": 4.99}, {"no_cxo": 5.5, "mine": 9.0}, "is not decided"),
    ({"no_cxo": 5.0, "mine": 3.0}, {"no_cxo": 9.01, "mine": 9.0}, "does not change who leads, having nobody, but"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "said"), FLIPS)
def test_the_answer_flips_only_where_both_leads_are_clear(
    before: dict[str, float], after: dict[str, float], said: str
) -> None:
    found = invented(before, after)
    if said == "is not decided":  # as given the two are one to the luck of 24 seeds
        assert not pairs(found)["p_holm"].iloc[0] <= 0.05
    assert said in flip_sentence(Spoken(found))


def test_pairs_whose_order_changes_are_named() -> None:
    before, after = {"no_cxo": 5.0, "mine": 3.0, "other": 1.0}, {"no_cxo": 5.5, "mine": 9.0, "other": 5.51}
    said = order_sentence(Spoken(invented(before, after)))
    assert "clear the other way round once both are tuned: having nobody against mine." in said
    assert "not once both are tuned: having nobody against other." in said
    assert "clear the same way" in order_sentence(Spoken(invented(before, before)))


def test_pairs_and_gains_are_those_of_scipy() -> None:
    found = invented({"no_cxo": 1.0, "mine": 1.05, "other": 1.1}, {"no_cxo": 1.2, "mine": 1.3, "other": 1.1})
    table = pairs(found)
    for version in ("preset", "tuned"):
        own = table[table["version"] == version].set_index(["a", "b"])
        values = found.values(version)
        tests = {(a, b): stats.ttest_rel(values[a], values[b]) for a, b in combinations(found.designs, 2)}
        for names, test in tests.items():
            low, high = test.confidence_interval(0.95)
            assert own.loc[names, ["low", "high"]].tolist() == pytest.approx([low, high])
        holm = sorted((test.pvalue, names) for names, test in tests.items())
        least = holm[0]
        assert own.loc[least[1], "p_holm"] == pytest.approx(min(1.0, 3.0 * least[0]))
    gained = gains(found).set_index("design")
    values = found.values("tuned")["mine"] - found.values("preset")["mine"]
    assert gained.loc["mine", "held_out"] == pytest.approx(values.mean())
    assert not gained.loc["other", "moved"]
    assert np.isnan(gained.loc["other", "p_holm"])
    assert leader(found, table, "tuned").design == "mine"


def test_sentences_say_what_the_numbers_say() -> None:
    found = invented(
        {"no_cxo": 5e4, "mine": 3e4, "other": 4e4}, {"no_cxo": 5e4, "mine": 9e4, "other": 4.00001e4}, mine=2e4
    )
    spoken = Spoken(found)
    said = gain_sentence(spoken)
    assert "tuning is worth EUR +60.0 k (+60.0 to +60.0) to mine" in said
    assert "no setting tried did better than the preset of having nobody" in said
    assert "the gain of mine would read EUR +80.0 k; held-out seeds give EUR +60.0 k" in optimism_sentence(spoken)
    assert any("Mine: budget 0.5 to 2 (the end of its range)." in text for text in sentences(found))
    assert "judged on 24 others" in paragraph(found)
    assert "nan" not in " ".join(sentences(found)).lower()


def test_the_picture_can_be_drawn_of_designs_without_free_levers(tmp_path: Path) -> None:
    found = invented({"no_cxo": 1.0, "mine": 2.0}, {"no_cxo": 1.0, "mine": 3.0})
    levers = found.levers.assign(free=found.levers["design"] == "mine")
    bare = Tuned(**{**vars(found), "levers": levers})
    made = draw(bare, tmp_path)
    assert [path.suffix for path in made] == [".png", ".svg"]
    assert all(path.stat().st_size > 5_000 for path in made)
