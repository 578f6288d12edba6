import pytest

from laneway.guard.advice import advice
from laneway.guard.incident import Incident, Kind, Place
from laneway.guard.ledger import Ledger
from laneway.guard.policy import GuardSettingError, GuardSettings, Policy
from laneway.guard.report import render, summary

PLACE = Place("/app/shop.py", 12, "report")


def incident(kind: Kind = Kind.wait, call: str | None = None, **fields: object) -> Incident:
    callee = call.partition("(")[0] if call else None
    return Incident(kind, 213.4, route="GET /report", place=PLACE, call=call, callee=callee, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "first"),
    [
        (incident(call="time.sleep(delay)"), "await asyncio.sleep(delay)"),
        (incident(call="requests.get(url, timeout=3)"), "an async client"),
        (incident(call="rows.load(7, fast=True)"), "await asyncio.to_thread(rows.load, 7, fast=True)"),
        (incident(call="load()"), "await asyncio.to_thread(load)"),
        (incident(awaitless=True), "a plain `def`"),
        (incident(Kind.cpu, call="hash(x)"), "await asyncio.to_thread(hash, x)"),
        (incident(Kind.gil_held, call="re.match(p, s)"), 'lane="process"'),
        (incident(Kind.importing), "the import at the top"),
    ],
)
def test_the_rewrite_fits_the_kind(found: Incident, first: str) -> None:
    assert advice(found)[0].startswith(first)


@pytest.mark.parametrize("kind", [Kind.saturated, Kind.starved, Kind.paused])
def test_nobody_is_told_to_rewrite_what_nobody_is_at_fault_for(kind: Kind) -> None:
    assert advice(Incident(kind, 300)) == []


def test_heavy_python_work_is_pointed_to_a_process_as_well() -> None:
    assert any('lane="process"' in way for way in advice(incident(Kind.cpu)))


def test_an_incident_is_one_line_in_the_log() -> None:
    line = summary(incident(call="time.sleep(1)"))

    assert line == "GET /report blocked the event loop for 213 ms (wait) at /app/shop.py:12 in time.sleep"


def test_a_starved_loop_names_the_thread_that_ran() -> None:
    assert "thread 'resize' most of all" in summary(Incident(Kind.starved, 300, hog="resize"))


def test_what_is_not_sure_is_told_as_such() -> None:
    assert "at or shortly before or after" in summary(incident(Kind.gil_held, exact=False))


def test_the_page_for_development_shows_the_line_and_the_way_out() -> None:
    page = render(incident(call="time.sleep(1)", source="time.sleep(1)"))

    assert "line  time.sleep(1)    # /app/shop.py:12 in report" in page
    assert "instead  await asyncio.sleep(1)" in page


def test_a_repeated_incident_waits_for_its_window() -> None:
    ledger = Ledger(60)

    assert [ledger.enter(incident(), now) is not None for now in (0, 1, 59, 61)] == [True, False, False, True]


def test_a_report_counts_those_held_back() -> None:
    ledger = Ledger(60)
    reported = [ledger.enter(incident(), now) for now in (0, 1, 2, 61)]

    assert reported[-1] is not None
    assert reported[-1].count == 3


def test_another_line_is_reported_at_once() -> None:
    ledger = Ledger(60)
    ledger.enter(incident(), 0)

    assert ledger.enter(Incident(Kind.wait, 1, place=Place("/app/shop.py", 13, "report")), 1)


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("warn", GuardSettings(Policy.warn, 0.1)),
        ("warn:250", GuardSettings(Policy.warn, 0.25)),
        ("dev", GuardSettings(Policy.dev, 0.05)),
        ("off", GuardSettings(Policy.off, 0.0)),
    ],
)
def test_a_setting_is_a_policy_and_milliseconds(text: str, settings: GuardSettings) -> None:
    assert GuardSettings.parse(text) == settings


@pytest.mark.parametrize("text", ["loud", "warn:soon", "warn:5", "warn:nan", ""])
def test_a_setting_that_makes_no_sense_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(GuardSettingError, match=r"warn:100|below 25 ms"):
        GuardSettings.parse(text)
