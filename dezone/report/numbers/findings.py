"""What the numbers of a report support, and what they do not: codes and numbers, no sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dezone.report.model import (
    ALL_ZONES,
    REST,
    Certainty,
    Change,
    Finding,
    Input,
    Moved,
    Ratio,
    Sign,
    Total,
    Variant,
)

_CLAIMS = {Sign.FALL, Sign.RISE}


def find(
    given: Input,
    areas: Sequence[str],
    totals: Sequence[Total],
    changes: Sequence[Change],
    variants: Sequence[Variant],
) -> tuple[Finding, ...]:
    """Return the findings: for each area its total, then its changes in order of time."""
    found: list[Finding] = []
    shown = [area for area in areas if area != REST]
    if shown == [shown[0], ALL_ZONES]:  # all zones of a single one say nothing more
        shown = shown[:1]
    whole = {total.area: total for total in totals}
    for area in shown if given.counted else ():
        found.append(_total(whole[area]))
        if found[-1].code == "none":
            continue
        for position, change in enumerate(changes):
            if change.area == area and change.weeks_before + change.weeks_after:
                found.append(_change(change, [(v, v.moved[position]) for v in variants]))
    if given.counted and all(one.signs is None for one in found):
        found.append(Finding(area="", code="no-change", event=None, numbers={}))
    if given.unlocated:
        found.append(
            Finding(
                area="",
                code="unlocated",
                event=None,
                numbers={"count": given.unlocated, "rows": given.rows},
            )
        )
    if given.ground_lost or given.ground_gained:
        found.append(
            Finding(
                area="",
                code="moved",
                event=None,
                numbers={"lost": given.ground_lost, "gained": given.ground_gained},
            )
        )
    intervals = sum(
        (f.numbers.get("low") is not None) + (f.numbers.get("relative_low") is not None)
        for f in found
    )
    found.append(Finding(area="", code="limits", event=None, numbers={"count": intervals}))
    return tuple(found)


def _total(total: Total) -> Finding:
    code = "total"
    if not total.whole.possible.incidents:
        code = "none"
    elif not total.days_in_force:
        code = "never"
    held = total.in_force
    numbers: dict[str, float | int | str] = {
        "days": total.days_in_force,
        "sure": held.sure.incidents,
        "best": held.best.incidents,
        "possible": held.possible.incidents,
    }
    for name in ("deaths_low", "deaths_best", "deaths_high"):
        figure = getattr(held.best, name)
        if figure is not None:
            numbers[name] = figure
    return Finding(area=total.area, code=code, event=None, numbers=numbers)


def _change(change: Change, variants: Sequence[tuple[Variant, Moved]]) -> Finding:
    best = change.best
    numbers = dict(_numbers(change))
    if best.sign is Sign.UNKNOWN:
        code = "few" if "few" in best.why_not else "no-weeks"
        return Finding(area=change.area, code=code, event=change.event, numbers=numbers)
    mine = best.sign, best.relative_sign
    others = [(v.id, (m.sign, m.relative_sign)) for v, m in variants if v.kind != "asked"]
    for way in (Certainty.SURE, Certainty.POSSIBLE):
        ratio: Ratio = getattr(change, way)
        others.append((f"count={way}", (ratio.sign, ratio.relative_sign)))
    return Finding(
        area=change.area,
        code=f"{mine[0]}-{mine[1]}",
        event=change.event,
        numbers=numbers,
        unless=tuple(name for name, signs in others if _claimed(signs) != _claimed(mine)),
        opposite=tuple(
            name
            for name, signs in others
            if any({a, b} == _CLAIMS for a, b in zip(mine, signs, strict=True))
        ),
    )


def _claimed(signs: Sequence[Sign]) -> list[Sign]:
    """Return what is claimed: not to know and not to be able to tell both claim nothing."""
    return [sign if sign in _CLAIMS else Sign.OPEN for sign in signs]


def _numbers(change: Change) -> Iterator[tuple[str, float | int | str]]:
    best = change.best
    for name, value in (
        ("weeks_before", change.weeks_before),
        ("weeks_after", change.weeks_after),
        ("before", best.zone.before),
        ("after", best.zone.after),
        ("ratio", best.zone.ratio),
        ("low", best.zone.low),
        ("high", best.zone.high),
        ("rest", best.rest.ratio),
        ("relative", best.ratio),
        ("relative_low", best.low),
        ("relative_high", best.high),
    ):
        if value is not None:
            yield name, value
