"""Batches in an app's own lanes: `@app.batched()`."""

from typing import TYPE_CHECKING, Unpack

from laneway.lanes.registry import Lanes

if TYPE_CHECKING:
    from laneway.batch.batched import Register
    from laneway.batch.options import BatchKeywords


class Batches:
    """An app as the place where batches run. What they need is imported by apps that have some.

    Attributes:
        lanes: Its lanes.
    """

    lanes: Lanes

    def batched(self, **options: "Unpack[BatchKeywords]") -> "Register":
        """Make a function of one item out of a function of a list: its calls are gathered into batches.

        Example:
            @app.batched(max_size=32, lane="model")
            def embed(texts: list[str]) -> list[Vector]: ...

            vector = await embed("a text")

        Args:
            **options: See `laneway.batch.options.BatchKeywords`.

        Raises:
            UnknownLaneError: The app has no such lane.
            BatchDeclarationError: The function cannot be batched as it is.
        """
        from laneway.batch.batched import batched

        return batched(lanes=self.lanes, **options)
