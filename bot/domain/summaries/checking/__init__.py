"""What the check looks at, one matter a module; ``check.py`` puts them together.

``reading`` (words, roots, evidence), ``stems`` (inflections and everyday synonyms), ``contexts`` (the company
in which a value stands), ``abroad`` and ``tongues`` (evidence in another language), ``numbers`` and ``measures``,
``amounts``, ``arithmetic``, ``sums`` and ``rates`` (what follows from given figures), ``dates`` and ``durations``,
``names``, ``headlines`` (where capitals tell none), ``spelling`` (Arabic letters read in Latin ones) and
``eastern`` (names in Chinese and Arabic), ``quotations``, ``denials``, ``directions`` with ``movements`` and
``order``, ``roles`` (who did what to whom), ``shades`` (certainty, scope, causes, offices), ``support``,
``wording`` (the score).
"""
