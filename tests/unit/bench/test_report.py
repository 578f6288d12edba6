"""What the benchmark writes from its figures."""

from xml.etree import ElementTree as ET

import pytest

from bench.chart import chart
from bench.environments import LeftOut
from bench.errors import Refusal
from bench.http import HttpRow, Verdict
from bench.report import Report, http_table
from bench.scenarios import Goal
from bench.stats import Spread

SVG = "{http://www.w3.org/2000/svg}"


def row(peer: str, cpu_us: float, scenario: str = "json", verdicts: tuple[Verdict, ...] = ()) -> HttpRow:
    exactly = Spread(cpu_us, cpu_us, cpu_us)
    return HttpRow(scenario, peer, exactly, exactly, exactly, None, None, verdicts, "memo 100%")


def report(*rows: HttpRow, left_out: tuple[LeftOut, ...] = (), refusals: tuple[Refusal, ...] = ()) -> Report:
    return Report({}, "python -m bench", 1, 1, [*rows], [], [], [*left_out], [*refusals])


@pytest.fixture
def drawing() -> ET.Element:
    return ET.fromstring(chart([row("fastapi", 60), row("laneway", 7.5), row("flask", 250)]))


def labels(drawing: ET.Element) -> list[str]:
    return [text.text or "" for text in drawing.iter(f"{SVG}text") if text.get("text-anchor") == "end"]


def test_the_chart_names_the_fastest_peer_first(drawing):
    assert labels(drawing) == ["laneway", "fastapi", "flask"]


def test_the_longest_bar_of_the_chart_is_the_fastest_peers(drawing):
    bars = [float(bar.get("width", "0")) for bar in drawing.iter(f"{SVG}rect")]

    assert bars == sorted(bars, reverse=True)
    assert bars[0] / bars[1] == pytest.approx(60 / 7.5, rel=0.01)


def test_the_chart_has_colours_for_dark_pages(drawing):
    assert "prefers-color-scheme: dark" in (drawing.findtext(f"{SVG}style") or "")


def test_a_peer_that_cannot_be_installed_stays_visible_in_the_table():
    table = http_table(report(row("laneway", 7.5), left_out=(LeftOut("robyn", "no wheel"),)))

    assert "robyn" in table
    assert "left out: no wheel" in table


def test_a_refused_row_stays_visible_in_the_table_on_one_line():
    refusal = Refusal("json", "falcon", "replies differ\n  one | other")

    table = http_table(report(row("laneway", 7.5), refusals=(refusal,)))

    assert "refused: replies differ" in table
    assert "other" not in table


@pytest.mark.parametrize(("found", "word"), [(8.0, "met"), (7.9, "MISSED")])
def test_a_goal_is_judged_by_the_median(found, word):
    verdict = Verdict(Goal("laneway", 8), Spread(found, 1, 20))

    assert f"8 x fastapi: {found:.2f} {word}" in http_table(report(row("laneway", 7.5, verdicts=(verdict,))))
