"""One way to write what people write in many: headers, code values, department names."""

import re

from ecredit.foundation.kernel.text_forms import halfwidth, squeeze

_BRACKETS = re.compile(r"\([^()]*\)")


def spelled(text: str) -> str:
    """Return the form in which headers, code values and department names are compared.

    Half-width, blanks squeezed, upper case.
    """
    return squeeze(halfwidth(text)).upper()


def without_brackets(text: str) -> str:
    """Return the text without what stands in brackets: 罚款金额(万元) → 罚款金额."""
    return _BRACKETS.sub("", halfwidth(text)).strip()
