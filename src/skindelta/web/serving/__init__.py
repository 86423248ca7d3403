"""Serving the pages: where it listens, who may come in, whose photo is whose.

::

    address     where it listens, and what it is called
    headers     what every answer forbids the browser
    origin      which page and which machine a request comes from
    login       the form, and who is signed in; passwords: how often one may be tried
    guard       each visitor reaches its own uploads and results alone; uploading, bodies
    visitors    whose photo is whose, and when it goes; visit: what a handler asks; shelf, files
    streams     no answer is lost between two connections of a tab
    records     the record behind the page
    warm        the first comparison, and memory
"""
