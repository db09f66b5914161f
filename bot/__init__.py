"""Dateline: feeds → articles → topics → stories → summaries → digests → messages.

The map, in reading order:

    types/          the nouns, one module a stretch    errors.py   the failures
    events.py       what the log says: events with fields      aside.py    long computing, in a thread
    ports/          the seams, and Deps                settings/   .env + config/ -> one frozen Settings
    domain/         PURE decisions: no await, no clock, no randomness, no network, no SQL; one module a noun,
                    packages feeds/ (entries, polls), reading/ (what of a page is article), summaries/ (its
                    checking/ holds a sentence against sources), stories/ (which articles tell one event),
                    prompts/ (files, versions, the gate), messages/ (the chat's forms of a digest)
    pipeline/       the corridor: one file per stretch of the way, STEPS and plan in __init__
    app.py          Settings -> App; with wiring.py (each optional part by its settings) the only place that
                    names concrete adapters
    roles.py        what each process does where many work on one PostgreSQL (`dateline run --role`)
    adapters/       one outside thing each: web, parsing, store, model, embedders, channels, simulator,
                    runner, catalogues (the interface's words, in locale/)
    entrypoints/    cli/ (what people type), chat/ (what they say), sources.py (feeds and topics, for both)
    evaluation/     `dateline eval`: reads data, runs what production runs, prints; injection/ makes errors
    demo/           sample feeds and their loopback server

Who may import whom:
``entrypoints > evaluation | demo > roles > app > wiring > settings | adapters | pipeline > domain | ports >
types > errors``; ``events`` stands beside errors.
Siblings never see each other. ``make check`` holds it.

Where to add what: a decision -> domain/; an outside thing -> adapters/ and a line in app.py; a step ->
pipeline/ and a line in STEPS; a channel -> adapters/channels/ and a line in wiring.py; a command ->
entrypoints/cli/, or a module of entrypoints/chat/ and a line in its tables.py; a word -> locale/, in each
language.
"""
