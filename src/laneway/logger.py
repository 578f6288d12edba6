"""The logger under which the framework reports."""

import logging

logger = logging.getLogger("laneway")
