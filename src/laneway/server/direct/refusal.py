"""Requests that are answered without having reached the app."""


class RefusedError(Exception):
    """A request that is answered without having reached the app; the connection ends with it.

    Attributes:
        status: The status of the answer.
        text: Its body: what was wrong, and what is allowed.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
