"""What the check looks at, one matter a module; ``check.py`` puts them together.

``reading`` (words, roots, evidence), ``stems`` (inflections and everyday synonyms), ``contexts`` (the company
in which a value stands), ``numbers`` and ``measures``, ``amounts``, ``arithmetic`` and ``rates`` (what follows
from given figures), ``dates``, ``names`` and ``eastern`` (names in Chinese and Arabic), ``quotations``,
``polarity`` (negation, direction), ``shades`` (certainty, scope, causes, offices), ``support``, ``wording``
(the score).
"""
