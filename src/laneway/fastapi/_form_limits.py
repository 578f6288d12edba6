"""`fastapi._form_limits`."""

from laneway.form_limits import FormLimits as _FormLimits

__all__ = ["_FormLimits"]
