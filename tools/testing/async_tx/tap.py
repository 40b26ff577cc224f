# SPDX-License-Identifier: GPL-2.0-only
"""Run the cases of a unittest and report them as TAP, for part.sh."""
import unittest


class TapResult(unittest.TestResult):
    def __init__(self, subject):
        super().__init__()
        self.subject = subject

    def report(self, passed, test, said=""):
        name = test.id().split(".")[-1].removeprefix("test_").replace("_", " ")
        print("".join(f"# {line}\n" for line in said.splitlines()) +
              f"{'ok' if passed else 'not ok'} - {self.subject}: {name}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.report(True, test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.report(False, test, self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.report(False, test, self.errors[-1][1])


def run(subject, case):
    """Return the exit status: 0 if there are any tests, and all of them pass."""
    outcome = TapResult(subject)
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(outcome)
    return 0 if outcome.wasSuccessful() and outcome.testsRun else 1
