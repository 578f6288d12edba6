"""Endpoints that yield: Server-Sent Events, JSON Lines and raw chunks; streams that survive their clients."""

from laneway.stream.resumable import ResumableStream as ResumableStream
from laneway.stream.resumable import ResumableStreams as ResumableStreams
from laneway.stream.resumable import TooManyStreamsError as TooManyStreamsError
from laneway.stream.resumable import UnknownStreamError as UnknownStreamError
from laneway.stream.work import StreamStatus as StreamStatus
