"""relcomm over HTTP, on this machine unless it is told otherwise: labels, analyses, checks, and one page.

``relcomm serve`` starts it. Nothing is stored. Neither the log nor an error repeats what was sent.
"""
