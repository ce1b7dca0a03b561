"""Track A alignment tracker: the rooms, and who may look into whom.

    commands  web                          the command line; pages, files, API
    services  queries  exchange            writes; reads; formats in and out
    catalogue  tables  database            criteria files; tables; engine and migrations
    files  text  settings                  leaves
    domain                                 the rule, status, coverage, time: standard library only

A request goes down through this picture and its answer comes back up; nothing below imports
anything above, and the siblings on one line do not import one another.
"""

__version__ = "0.1.0"
