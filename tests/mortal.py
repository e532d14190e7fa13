"""
Processes that a test may kill.

They are forked off one that has read the program and done nothing yet, so that a test that kills
five needn't wait for five to read it. A thread of ours never comes along.
"""

import multiprocessing

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["tests.billing.killed_run", "tests.journeys.killed_demo", "tests.notices.killed_send"]
)
