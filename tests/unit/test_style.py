"""Text of pictures fits and can be read, and colours stay apart for the colour-blind."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from analysis.show.pictures.bars import FALL, RISE
from analysis.show.style import (
    DESIGN_COLOURS,
    GAP_COLOURS,
    colour_of,
    house_style,
    ink_of,
    new_figure,
    text_width,
    wrap,
    write_figure,
)


def test_a_title_keeps_every_word_when_it_is_broken() -> None:
    text = "a sentence of " + "W" * 90 + " and " + "words " * 40
    lines = wrap(text, 5.0, 11.5, "bold")
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(text_width(line, 11.5, "bold") <= 5.0 for line in lines)


@pytest.mark.parametrize("design", ["no_cxo", "responsible_cxo", "accountable_cxo", "ceo_as_cxm", "mine", "yours"])
def test_text_in_the_colour_of_a_design_can_be_read(design: str) -> None:
    # WCAG 2.2, success criterion 1.4.3, by its definition of relative luminance
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(ink_of(colour_of(design)))]
    luminance = 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    assert 1.05 / (luminance + 0.05) >= 4.5


def test_a_picture_drawn_once_for_each_format_is_the_one_matplotlib_saves(tmp_path: Path) -> None:
    with house_style():
        written, saved = (new_figure(4.0, 3.0) for _ in range(2))
        for figure in (written, saved):
            axes = figure.subplots()
            axes.plot([0.0, 1.0, 2.0], [1e6, 3e6, 2e6])
            axes.set_ylabel("customers")
            figure.suptitle("a title", x=0.01, ha="left")
        paths = write_figure(written, tmp_path, "written")
        saved.savefig(tmp_path / "saved.png", metadata={"Software": None})
        saved.set_layout_engine("none")
        saved.savefig(tmp_path / "saved.svg", metadata={"Date": None})
    assert [path.name for path in paths] == ["written.png", "written.svg"]
    for path in paths:
        assert path.read_bytes() == path.with_stem("saved").read_bytes()


COLOUR_BLIND = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}
"""Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB."""


@pytest.mark.parametrize("kind", COLOUR_BLIND)
@pytest.mark.parametrize("colours", [tuple(DESIGN_COLOURS.values()), tuple(GAP_COLOURS.values()), (RISE, FALL)])
def test_colours_stay_apart_for_the_colour_blind(kind: str, colours: tuple[str, ...]) -> None:
    seen = [lab_of(np.array(COLOUR_BLIND[kind]) @ linear(colour)) for colour in colours]
    # CIE 1976: 2.3 is just noticeable; ten and more is told apart at a glance
    assert min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2)) > 10.0


def linear(colour: str) -> np.ndarray:
    channels = np.array(to_rgb(colour))
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab_of(rgb: np.ndarray) -> np.ndarray:
    matrix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x = np.array(matrix) @ np.clip(rgb, 0.0, 1.0) / [0.9505, 1.0, 1.089]
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16.0 / 116.0)
    return np.array([116.0 * f[1] - 16.0, 500.0 * (f[0] - f[1]), 200.0 * (f[1] - f[2])])
