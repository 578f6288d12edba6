"""A module that takes its time when it is imported."""

import time

time.sleep(0.25)  # blocks import
