"""The command line: one file a verb.

In: arguments. Out: a picture in its file or on standard output, thoughts and progress on standard error, an exit code.
Knows options and files. Knows nothing about how anything is drawn, learned or measured.
"""
