"""What a person's facts mean for a visit: a vocabulary, rules, and one way to judge.

Import from the modules: ``facts`` (what is known), ``vocabulary`` (the lists), ``grammar``
(triggers), ``rulebook`` (rules), ``screening`` (``judge``, ``judge_days``, ``fit``), ``effects``
(what reception is told).
"""
