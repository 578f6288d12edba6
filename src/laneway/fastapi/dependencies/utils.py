"""`fastapi.dependencies.utils`: signatures read, parameters taken from a request, dependencies called."""

from laneway.forms import ensure_multipart_is_installed as ensure_multipart_is_installed
from laneway.signature import Dependant as Dependant
from laneway.signature import get_dependant as get_dependant
from laneway.signature import get_parameterless_sub_dependant as get_parameterless_sub_dependant
