"""One case asked on two ways, and what must be equal."""

from dataclasses import dataclass

from .cases.case import Case
from .sites import ClientSite, ServedSite, wait_until
from .wire import BrokenReplyError, Reply, in_one

SETTLE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case.

    Attributes:
        reply: The reply; what arrived of it is in `raw` if it was cut off.
        log: What the app noted.
    """

    reply: Reply
    log: tuple[str, ...]

    def matches(self, case: Case) -> None:
        """Fail unless it is what the case says."""
        assert self.reply.status == case.status, self.reply.body
        assert case.contains in self.reply.body
        found = {name: ", ".join(self.reply.values(name)) for name in case.headers}
        assert found == case.headers
        assert self.log == case.log


def outcome(site: ServedSite | ClientSite, case: Case) -> Outcome:
    """Ask, and wait until the app has done what it does afterwards."""
    log: list[str] = site.app.state.log
    log.clear()
    reply = cut_off(site, case) if case.aborts and isinstance(site, ServedSite) else site.ask(case.request)
    wait_until(lambda: len(log) >= len(case.log), SETTLE_SECONDS)
    return Outcome(reply, tuple(log))


def cut_off(site: ServedSite, case: Case) -> Reply:
    """What a client sees of a reply that ends too early."""
    with site.connect() as line:
        line.send(case.request.raw)
        try:
            reply = line.reply()
        except BrokenReplyError:
            return Reply(case.status, (), b"", b"cut off")
        return reply


def difference(reference: Outcome, other: Outcome) -> None:
    """Fail unless both are the same, byte for byte if both have come over a connection."""
    assert other.reply.essence == reference.reply.essence
    if other.reply.raw:
        # Parts of a stream that are ready go out together, so where a chunk ends is a matter of time.
        assert in_one(other.reply.raw) == in_one(reference.reply.raw)
    assert other.log == reference.log
