"""
Bring the catalogs up to date with the pages: `python -m web.translations`.

Reads every text of the pages, adds new ones to each catalog, takes out those that are gone, and
compiles what a page reads. What still lacks a translation is printed; the tests refuse it.
"""

import sys

from web.translations import catalog


def main() -> int:
    """Update the catalogs, and return 1 if a text lacks its translation."""
    for language in catalog.LANGUAGES:
        catalog.update(language)
    problems = [problem for language in catalog.LANGUAGES for problem in catalog.problems(language)]
    sys.stdout.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
