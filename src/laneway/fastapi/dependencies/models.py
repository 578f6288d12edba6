"""`fastapi.dependencies.models`."""

from laneway.signature import Dependant as Dependant
