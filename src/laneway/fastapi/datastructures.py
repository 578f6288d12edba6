"""`fastapi.datastructures`, with the mark of an option that was not given."""

from laneway.datastructures import URL as URL
from laneway.datastructures import Address as Address
from laneway.datastructures import Default as Default
from laneway.datastructures import DefaultPlaceholder as DefaultPlaceholder
from laneway.datastructures import FormData as FormData
from laneway.datastructures import Headers as Headers
from laneway.datastructures import QueryParams as QueryParams
from laneway.datastructures import State as State
from laneway.datastructures import UploadFile as UploadFile
from laneway.types import Undefined

_Unset = Undefined
"""An option of `Query` and its like that was not given; classes derived from them pass it on."""
