"""Retraining on labelled photos: labels, agreement, training, the honest result, promotion.

::

    labels.csv ─read_labels→ Labels ─examples→ Example… ─fit→ model folder ─evaluate→ Evaluation
                                                                          ─promote→ model in use

Only what trains loads torch (extra ``train``); page 21 of the decisions says what was decided.
"""
