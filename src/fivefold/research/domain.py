"""Which field a question comes from: told by a few words in its description and in the names of its columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DOMAINS", "domains_of", "tokens"]

DOMAINS: dict[str, tuple[str, ...]] = {
    "no-show": ("no show", "noshow", "missed appointment", "miss appointment", "miss their appointment", "showed up"),
    "medical": (
        "patient", "hospital", "clinic", "clinical", "diagnosis", "disease", "doctor", "physician", "medical", "symptom",
        "icu", "icd", "surgery", "cancer", "tumor", "tumour", "diabetes", "hypertension", "hipertension", "comorbidity",
    ),
    "credit": ("credit", "loan", "lender", "borrower", "creditworthiness"),
    "churn": ("churn", "churned"),
    "fraud": ("fraud", "fraudulent"),
    "insurance": ("insurance", "insured", "policyholder", "premium"),
    "marketing": ("marketing", "campaign"),
    "transport": ("flight", "airline", "airport", "taxi", "passenger"),
    "nutrition": ("calorie", "kcal", "nutrient", "vitamin"),
}  # fmt: skip
"""Words and phrases of each field; plurals are found as well."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")


def tokens(text: str) -> tuple[str, ...]:
    """Split a name or a sentence into lower-case words: at blanks, signs, underscores and inner capitals.

    Examples
    --------
    >>> tokens("PatientId of no_show")
    ('patient', 'id', 'of', 'no', 'show')
    """
    return tuple(word.lower() for word in _WORD.findall(_CAMEL.sub(" ", text)))


def domains_of(description: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the fields that the texts speak of, in the order of :data:`DOMAINS`.

    Examples
    --------
    >>> domains_of("Which patients will not come?", ["no_show", "age"])
    ('no-show', 'medical')
    """
    texts = [f" {' '.join(tokens(text))} " for text in (description, *names)]
    return tuple(
        domain
        for domain, phrases in DOMAINS.items()
        if any(f" {phrase}{ending} " in text for text in texts for phrase in phrases for ending in ("", "s"))
    )
