"""Code that calls itself, in circles."""

from laneway import Laneway

app = Laneway()


class Node:
    def __init__(self, child: "Node | None" = None) -> None:
        self.child = child or Node(self)

    @property
    def depth(self) -> int:
        return 1 + self.child.depth


def odd(number: int) -> bool:
    return number != 0 and even(number - 1)


def even(number: int) -> bool:
    return number == 0 or odd(number - 1)


@app.get("/")
async def home(number: int) -> int:
    return Node(Node()).depth + odd(number)
