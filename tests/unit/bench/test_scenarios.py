"""What the benchmark asks, of whom."""

from bench.peers import CORE, PEERS
from bench.scenarios import LOADS


def test_every_row_has_laneway_and_what_it_is_compared_with():
    for scenario in LOADS.values():
        assert not scenario.peers or set(CORE) <= set(scenario.peers), scenario.name


def test_goals_are_about_peers_that_take_part_in_the_row():
    for scenario in LOADS.values():
        taking_part = set(scenario.peers or PEERS)
        assert {goal.of for goal in scenario.goals} <= taking_part, scenario.name
        assert {goal.against for goal in scenario.goals} <= taking_part, scenario.name


def test_names_of_rows_are_their_keys():
    assert all(name == scenario.name for name, scenario in LOADS.items())
