"""Speed against limits measured in the same run: ``python -m tests.bench``, and ``--long`` for growth.

A goal compares our figure with that of a bare counterpart, round by round on the same machine. What
is where:

    measuring.py   samples, interleaved rounds, ratios, slopes, what a process took
    limits.py      a limit, what was found, met or missed, and how it is printed
    load.py        requests from this process to a server in another
    serving.py     a server process of its own for each application
    apps.py        the applications: the register and the bare ones it is compared with
    stores.py      registers to measure on: the seeds, and the seeds with many programmes beside them
    goals/         one module for each family of goals

A new goal is a module in ``goals/`` with a function that takes a ``Workshop`` and yields ``Found``s,
and one entry in ``goals/__init__.py``.
"""
