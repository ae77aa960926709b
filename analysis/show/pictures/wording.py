"""What pictures say of designs, from the most explicit wording to the shortest; the first that fits is taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from analysis.command.numbers import capital, join_words, number_word, write_count
from analysis.show.claims import STATES, all_of, count_groups, name_groups, quote
from analysis.show.style import fitting

if TYPE_CHECKING:
    from analysis.compare.verdicts import Verdicts

Groups = Mapping[str, Sequence[str]]


def tell_change(
    verdicts: Verdicts, head: str, level: str, groups: Groups, undecided: str = "not measurably different"
) -> str:
    """Say what holds under the baseline, and under which designs it changes.

    Parameters
    ----------
    verdicts
        Where names come from.
    head, level
        What stands before and behind the name of the baseline.
    groups
        Designs by what holds under them.
    undecided
        The group that says nothing; it goes unsaid before designs lose their names.
    """
    names = verdicts.names
    named = f"{head} {quote(names[verdicts.baseline])} {level}"
    plain = f"{head} the baseline {level}"
    decided = {words: designs for words, designs in groups.items() if words != undecided}
    changes = [
        count_groups(names, groups),
        name_groups(names, decided, sum(map(len, groups.values()))),
        _numbers_of(groups),
    ]
    return fitting(f"{start}: {change}" for change in changes if change for start in (named, plain))


def tell_verdicts(
    verdicts: Verdicts,
    heads: tuple[str, str, str],
    subjects: Mapping[str, tuple[str, str]],
    together: tuple[str, Sequence[str]] = ("", ()),
) -> str:
    """Say under how many designs outcomes are better, worse, equivalent or undecided.

    Parameters
    ----------
    verdicts
        Where verdicts come from.
    heads
        What stands before it: naming the baseline, not naming it, and behind the words for all designs.
    subjects
        By outcome: what it is called in a clause of its own, with its verb, and among others, without.
    together
        Words for several outcomes that are told in one breath, and these outcomes.
    """
    names = verdicts.names
    groups = {
        outcome: {STATES[verdict]: designs for verdict, designs in verdicts.groups(outcome).items()}
        for outcome in subjects
    }
    found = {outcome: its for outcome, its in groups.items() if its}
    return fitting(_wordings(heads, subjects, together, found, {name: names[name] for name in verdicts.designs}))


def _wordings(
    heads: tuple[str, str, str],
    subjects: Mapping[str, tuple[str, str]],
    together: tuple[str, Sequence[str]],
    found: Mapping[str, Groups],
    names: Mapping[str, str],
) -> Iterator[str]:
    """Yield wordings from the most explicit to the shortest."""
    told = {outcome: count_groups(names, its) for outcome, its in found.items()}
    for head in heads[:2]:
        yield head + "; ".join(f"{subjects[outcome][0]} {words}" for outcome, words in told.items())
    for head in heads[:2]:
        yield head + "; ".join(_merged(subjects, together, told))
    whole = capital(write_count(len(names), "design")) if len(names) != 1 else quote(next(iter(names.values())))
    for some in (names, {}):
        brief = {outcome: _brief(some, its, len(names)) for outcome, its in found.items()}
        yield f"{whole} {heads[2]}" + "; ".join(f"{subjects[outcome][0]} {words}" for outcome, words in brief.items())
        yield f"{whole} {heads[2]}" + "; ".join(_merged(subjects, together, brief))
    figures = {
        outcome: ", ".join(f"{len(designs)} {words}" for words, designs in its.items())
        for outcome, its in found.items()
    }
    yield f"{whole} {heads[2]}" + "; ".join(f"{subjects[outcome][1]} {words}" for outcome, words in figures.items())


def _brief(names: Mapping[str, str], groups: Groups, n_designs: int) -> str:
    """Say under how many of the designs each thing holds; one that has a name in ``names`` by it."""
    if len(groups) == 1:
        whole = "" if n_designs == 1 else " under both" if n_designs == 2 else f" under all {number_word(n_designs)}"
        return next(iter(groups)) + whole
    return ", ".join(
        f"{words} under "
        + (quote(names[designs[0]]) if len(designs) == 1 and designs[0] in names else number_word(len(designs)))
        for words, designs in groups.items()
    )


def _merged(
    subjects: Mapping[str, tuple[str, str]], together: tuple[str, Sequence[str]], told: Mapping[str, str]
) -> Iterator[str]:
    """Yield one clause for all outcomes of which the same is told."""
    whole, parts = together
    for words in dict.fromkeys(told.values()):
        same = [outcome for outcome, its in told.items() if its == words]
        several = len(same) > 1
        called = [subjects[outcome][1] for outcome in same if outcome not in parts]
        if parts and set(parts) <= set(same):
            called.append(whole)
        else:
            called += [subjects[outcome][1] for outcome in same if outcome in parts]
        yield f"{join_words(called)} {'are' if several else 'is'} {words}"


def _numbers_of(groups: Groups) -> str:
    """Say under how many designs each thing holds, without names."""
    full = {words: designs for words, designs in groups.items() if designs}
    n_designs = sum(map(len, full.values()))
    if len(full) == 1:
        return f"{next(iter(full))} under {'the design' if n_designs == 1 else all_of(n_designs)}"
    parts = [f"{words} under {number_word(len(designs))}" for words, designs in full.items()]
    return f"{join_words(parts)} of {write_count(n_designs, 'design')}"
