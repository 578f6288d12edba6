"""What can go wrong between a call and its batch."""

from laneway.exceptions import LanewayError
from laneway.lanes.errors import LaneFullError


class BatchFullError(LaneFullError):
    """A call was refused at once, because as many wait for a batch as may. The reply is that of a full lane."""

    def __str__(self) -> str:
        return (
            f"{self.queued} calls wait for a batch of {self.lane} already; try again in {self.retry_after} s, "
            f"or let more of them wait: batched(queue=...)"
        )


class BatchDeclarationError(LanewayError):
    """A function cannot be batched as it is declared; the message says what to change."""


class BatchResultError(LanewayError):
    """A batched function did not return a list with one result for each item; all its callers get this.

    Attributes:
        function: The function.
        items: How many items it was given.
        returned: What it returned: "3 results", "a NoneType".
    """

    def __init__(self, function: str, items: int, returned: str) -> None:
        super().__init__(function, items, returned)
        self.function = function
        self.items = items
        self.returned = returned

    def __str__(self) -> str:
        return (
            f"{self.function} returned {self.returned} for {self.items} items; it has to return a list with one result "
            f"for each item, in their order. An exception in the list is raised for its item alone"
        )
