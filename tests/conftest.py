"""For all tests."""

import signal

# A shell makes what it starts in the background ignore Ctrl-C, and all that this starts in turn. Tests press it.
signal.signal(signal.SIGINT, signal.default_int_handler)
