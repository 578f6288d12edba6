"""The guard: names what blocks an event loop, by route, file and line."""

from laneway.guard.counters import GuardSnapshot as GuardSnapshot
from laneway.guard.counters import LagHistogram as LagHistogram
from laneway.guard.incident import Incident as Incident
from laneway.guard.incident import Kind as Kind
from laneway.guard.incident import Place as Place
from laneway.guard.policy import GuardSettingError as GuardSettingError
from laneway.guard.policy import GuardSettings as GuardSettings
from laneway.guard.policy import Policy as Policy
from laneway.guard.policy import QuarantineMode as QuarantineMode
from laneway.guard.policy import guarding as guarding
from laneway.guard.policy import guards as guards
from laneway.guard.policy import install as install
from laneway.guard.policy import quarantined as quarantined
from laneway.guard.policy import release as release
from laneway.guard.quarantine import Quarantined as Quarantined
from laneway.guard.raising import BlockedLoopError as BlockedLoopError
from laneway.guard.watchdog import Guard as Guard
