"""Runs tests of CPython itself, named as below the package `test`. Prints a line for each: outcome NAME OUTCOME."""

import faulthandler
import sys
import unittest

from test import support

# What takes long is done without.
support.use_resources = ["walltime", "subprocess"]
support.verbose = 0
faulthandler.enable()


class Outcomes(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.outcomes = {}

    def note(self, test, outcome):
        self.outcomes[test.id()] = outcome

    def addSuccess(self, test):
        self.note(test, "passed")

    def addFailure(self, test, error):
        self.note(test, "failed")
        print(self._exc_info_to_string(error, test), file=sys.stderr)

    def addError(self, test, error):
        self.note(test, "error")
        print(self._exc_info_to_string(error, test), file=sys.stderr)

    def addSkip(self, test, reason):
        self.note(test, "skipped")

    def addExpectedFailure(self, test, error):
        self.note(test, "failed_as_expected")

    def addUnexpectedSuccess(self, test):
        self.note(test, "passed_unexpectedly")


suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromName(f"test.{name}") for name in sys.argv[1:])
result = Outcomes()
suite.run(result)
# Tests may have left output without an end of line.
print()
for name, outcome in sorted(result.outcomes.items()):
    print(f"outcome {name.replace(' ', '_')} {outcome}")
