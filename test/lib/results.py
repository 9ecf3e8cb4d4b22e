# SPDX-License-Identifier: MIT
"""For scripts/test: what a JUnit file says. `PASSED FAILED`, then a line for each test that was skipped.

    results.py FILE STATUS    the exit status of the suite that was to write it
"""

import sys
from xml.etree import ElementTree


def read(path):
    try:
        return list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return []  # the suite crashed


def main(path, status):
    cases = read(path)
    bad = sum(any(case.find(tag) is not None for tag in ("failure", "error")) for case in cases)
    skipped = [case for case in cases if case.find("skipped") is not None]
    good = len(cases) - bad - len(skipped)
    # A suite that fails without a failed test, or in which nothing passed, has failed itself.
    print(good, bad or int(status != "0" or good == 0))
    for case in skipped:
        print(f"    skipped {case.get('name')}: {case.find('skipped').get('message')}")


if __name__ == "__main__":
    main(*sys.argv[1:])
