"""Writes docs/reference/rights.md from policies/data/laws.toml, so that it claims what the table does.

Run ``python docs/reference/make_rights_page.py``; a test fails when the page is out of date.
"""

from __future__ import annotations

from pathlib import Path

from policies.laws import Duty, duties, titles

PAGE = Path(__file__).with_name("rights.md")
HEAD = """# Rights and laws

**This is not legal advice.** It is this project's reading of what laws ask of whoever holds health data,
what in VitalVault answers to it, and which tests show that. Whether a law applies to you is another
question: who keeps their own data on their own device is mostly out of its reach (GDPR Art. 2(2)(c)); a
recipient, a host or an employer is not.

- **shown**: the tests named show all of the answer.
- **partly**: they show the answer; what is missing stands behind it.
- **not here**: VitalVault does nothing about it, or nothing that answers.

Made from `policies/data/laws.toml` by `make_rights_page.py`.
"""


def page() -> str:
    """Return the whole page."""
    parts = [
        f"## {law}\n\n{title}.\n\n" + "\n".join(_lines(one) for one in duties() if one.law == law)
        for law, title in titles().items()
    ]
    return "\n".join([HEAD, *parts])


def _lines(duty: Duty) -> str:
    lines = [
        f"**{duty.article}** {duty.asks}",
        "",
        f"- **{duty.status}**: {duty.answer} {duty.missing}".rstrip(),
    ]
    if duty.by:
        lines.append(f"- by {', '.join(f'`{one}`' for one in duty.by)}")
    if duty.tests:
        lines.append(f"- shown by {', '.join(f'`{one}`' for one in duty.tests)}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
