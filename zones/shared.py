"""Verdicts on incidents whose place is a name that several places share."""

from __future__ import annotations

from dataclasses import replace as replaced
from itertools import chain

import numpy as np
from msgspec.structs import replace

from geodata.columns.incidents import Incidents, Reason
from zones.arrays import Array
from zones.verdict import VERDICTS, Assessor, Verdict, Verdicts


def assess_names(assessor: Assessor, incidents: Incidents) -> tuple[Verdicts, Array | None]:
    """Return verdicts as `Assessor.assess_distinct` does, shared names decided where they can be.

    Where the verdicts on all places that share a name are the same, that is the verdict; where
    they lie inside, or partly inside, the zone must be the same, too. Otherwise it is
    undetermined. Either way the reason is `name-shared`.
    """
    found, which = assessor.assess_distinct(incidents)
    rows = np.flatnonzero((incidents.shared >= 0) & ~incidents.unreadable)
    if not rows.size:
        return found, which
    columns = (incidents.shared, incidents.first, incidents.last)
    key = np.stack([column[rows] for column in columns], axis=1)
    _, example, group = np.unique(key, axis=0, return_index=True, return_inverse=True)
    example = rows[example]
    # Each group is given its own verdict behind those that are there.
    if which is None:
        which = np.arange(len(incidents))
    own = _decided(assessor, incidents, example, found.take(which[example]))
    which = which.copy()
    which[rows] = len(found) + group.reshape(-1)
    return found.joined(own), which


def _decided(assessor: Assessor, incidents: Incidents, rows: Array, unknown: Verdicts) -> Verdicts:
    """Return the verdicts on some rows; `unknown` are those on their days without a place."""
    asked = [incidents.candidates[k] for k in incidents.shared[rows].tolist()]
    group = np.repeat(np.arange(len(rows)), [len(places) for places in asked])
    places = list(chain.from_iterable(asked))
    each = Incidents.discs(
        [place.longitude for place in places],
        [place.latitude for place in places],
        [0.0 if place.settlement >= 0 else place.radius_m for place in places],
        incidents.first[rows][group],
        incidents.last[rows][group],
        radius_source="name",
    )
    each = replaced(
        each, settlement=np.array([place.settlement for place in places], dtype=np.int32)
    ).settled(assessor.atlas.ledger)
    answers = assessor.assess(each)
    begin = np.searchsorted(group, np.arange(len(rows)))
    answer = answers.take(begin)
    outside = answers.verdict == VERDICTS.index(Verdict.OUTSIDE)
    differs = answers.verdict != answer.verdict[group]
    differs |= (answers.zone != answer.zone[group]) & ~outside
    alike = np.bincount(group, differs, minlength=len(rows)) == 0
    chosen = answer.joined(unknown).take(np.where(alike, 0, len(rows)) + np.arange(len(rows)))
    reasons = chosen.reasons & ~Reason.NO_LOCATION.bit | Reason.NAME_SHARED.bit
    none = np.full(len(rows), np.nan)  # shares are those of one place
    return replace(chosen, reasons=reasons, share_low=none, share_best=none, share_high=none)
