"""What the check looks at, one matter a module; ``check.py`` puts them together.

``reading`` (words, roots, evidence), ``stems`` (inflections and everyday synonyms), ``contexts`` (the company
in which a value stands), ``numbers`` and ``measures``, ``dates``, ``names``, ``quotations``, ``polarity``
(negation, direction), ``shades`` (certainty, scope, causes, offices), ``support``, ``wording`` (the score).
"""
