"""The web page: the same answers as the command line, in a browser, on the user's own machine.

::

    server        headers, limits, private folder, launch
    page_compare  two photos in, change scores out: the widgets
    handlers      what a widget calls: parse, call the public API, hand over values
    words         results as sentences and tables
    style.css     one style for light and dark

Gradio is loaded when a page is built, not on import. Nothing here measures anything.
"""

from .server import build, launch

__all__ = ["build", "launch"]
