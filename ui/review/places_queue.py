"""Where one is in the queue of places."""

from __future__ import annotations

from collections import Counter

from ...landloom.stages import _places as fields


class Queue:
    """The places in order and the one that is looked at; `open_only`: going on passes by what is decided."""

    def __init__(self, places, open_only=True):
        self.places, self.open_only = places, open_only
        self._index = next((i for i, place in enumerate(places) if place.is_open), 0)

    @property
    def current(self):
        """The place that is looked at; None in an empty queue."""
        return self.places[self._index] if self.places else None

    def counts(self) -> Counter:
        """How many places are in each state."""
        return Counter(place.state for place in self.places)

    def is_done(self) -> bool:
        """Whether no place is open."""
        return bool(self.places) and not self.counts()[fields.OPEN]

    def is_random(self) -> bool:
        """Whether all places were drawn at random, so that accuracy can be estimated from them."""
        return bool(self.places) and all(place.design in fields.AT_RANDOM for place in self.places)

    def move(self, step) -> bool:
        """Go one place on (1) or back (-1); False where there is no other place that way."""
        ahead = range(self._index + 1, len(self.places)) if step > 0 else range(self._index - 1, -1, -1)
        index = next((i for i in ahead if self.places[i].is_open or not self.open_only), self._index)
        moved, self._index = index != self._index, index
        return moved

    def advance(self) -> None:
        """Go on after a decision: to places that were passed by when the end is reached."""
        if not self.move(1) and self.open_only:
            self.first_open()

    def first_open(self) -> bool:
        """Go to the first place that is open; False where there is none."""
        index = next((i for i, place in enumerate(self.places) if place.is_open), None)
        self._index = self._index if index is None else index
        return index is not None

    def go_to(self, fid) -> None:
        """Go to a place by its feature id."""
        self._index = next((i for i, place in enumerate(self.places) if place.fid == fid), self._index)

    def renew(self, places) -> None:
        """Take the places as they are now, and stay where one is."""
        fid = self.current.fid if self.current else None
        self.places, self._index = places, min(self._index, max(0, len(places) - 1))
        self.go_to(fid)
