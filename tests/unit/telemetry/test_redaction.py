"""Credentials in query strings do not leave the process."""

import pytest

from laneway.telemetry.redaction import redacted_query


@pytest.mark.parametrize(
    "name", ["sig", "X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "X-Goog-Signature"]
)
def test_values_of_credentials_are_replaced(name: str) -> None:
    assert redacted_query(f"page=2&{name}=secret".encode()) == f"page=2&{name}=REDACTED"


def test_an_encoded_name_is_recognised() -> None:
    assert redacted_query(b"%73ig=secret") == "sig=REDACTED"


def test_every_occurrence_is_replaced() -> None:
    assert redacted_query(b"sig=one&sig=two&sig=") == "sig=REDACTED&sig=REDACTED&sig=REDACTED"


def test_names_are_case_sensitive() -> None:
    """As the convention lists them: another spelling is another parameter."""
    assert redacted_query(b"SIG=kept") == "SIG=kept"


def test_empty_values_and_flags_stay() -> None:
    assert redacted_query(b"empty=&flag&tag=one&tag=two") == "empty=&flag=&tag=one&tag=two"


def test_bytes_that_are_no_text_stay_readable() -> None:
    assert redacted_query(b"name=\xff&sig=x") == "name=%C3%BF&sig=REDACTED"
