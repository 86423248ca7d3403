"""The web page: the same answers as the command line, in a browser, on the user's own machine.

::

    server      everything together: what is around the pages, in order; launch
    frame       title and tabs
    compare/    two photos in, what changed out
    timeline/   how the skin of one person went; entries/ the forms below it
    folder/     many photos at once
    label/      pairs to label, one after the other, for retraining
    model/      which model is in use, training another, and whether that is better
    about/      what the numbers rest on, where the data lies
    viewer      both photos on each other, under what changed
    shared      what every page is handed
    serving/    whose photo is whose, who may come in, where it listens
    words       results as sentences and tables; cards: verdicts; own_regions: what was drawn
    fresh       HTML that Gradio shall not mend but replace
    trouble     exceptions as sentences
    theme       looks; static/ holds styles and scripts

Gradio is loaded when a page is built, not on import. Nothing here measures anything. In each page
``page`` lays out widgets and says which of them calls what; the other modules are plain functions.
"""

from .server import build, launch
from .serving.records import Records
from .shared import Labelling

__all__ = ["Labelling", "Records", "build", "launch"]
