"""Shapes as points: short texts read into outlines, ellipses, rounded rectangles and strokes.

Owns geometry only; nothing here touches an image.
"""

import math
from collections.abc import Callable, Sequence

Point = tuple[float, float]


def points(text: str) -> list[Point]:
    """`"0 10, 4 -3"` as points; a text is shorter and easier to compare than brackets."""
    return [(float(x), float(y)) for x, y in (pair.split() for pair in text.split(","))]


def about(text: str, x: float, y: float, size: float) -> list[Point]:
    """Points of a text as offsets from (x, y), scaled."""
    return [(x + dx * size, y + dy * size) for dx, dy in points(text)]


def turned_about(shape: Sequence[Point], cx: float, cy: float, degrees: float, size: float) -> list[Point]:
    """Points about the origin, scaled, turned and moved."""
    c, s = math.cos(math.radians(degrees)) * size, math.sin(math.radians(degrees)) * size
    return [(cx + x * c - y * s, cy + x * s + y * c) for x, y in shape]


def arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float, steps: int = 40) -> list[Point]:
    """Points of an ellipse, degrees clockwise from the right."""
    return [
        (
            cx + rx * math.cos(math.radians(start + (end - start) * i / steps)),
            cy + ry * math.sin(math.radians(start + (end - start) * i / steps)),
        )
        for i in range(steps + 1)
    ]


def oval(cx: float, cy: float, rx: float, ry: float, steps: int = 40) -> list[Point]:
    """A whole ellipse."""
    return arc(cx, cy, rx, ry, 0, 360, steps)


def rounded(width: float, height: float, radius: float) -> list[Point]:
    """A rectangle with round corners about the origin."""
    outline: list[Point] = []
    for sx, sy, start in ((1, -1, -90), (1, 1, 0), (-1, 1, 90), (-1, -1, 180)):
        outline += arc(sx * (width / 2 - radius), sy * (height / 2 - radius), radius, radius, start, start + 90, 8)
    return outline


def rectangle(cx: float, cy: float, width: float, height: float, degrees: float = 0.0) -> list[Point]:
    """A rectangle about (cx, cy)."""
    w, h = width / 2, height / 2
    return turned_about([(-w, -h), (w, -h), (w, h), (-w, h)], cx, cy, degrees, 1)


def mirrored(half: Sequence[Point]) -> list[Point]:
    """An outline whose upper half is `half`, from end to end along x."""
    return [*half, *[(x, -y) for x, y in half[-2:0:-1]]]


def ribbon(path: Sequence[Point], width: Callable[[float], float]) -> list[Point]:
    """The outline of a stroke along `path` whose full width at 0..1 is `width`."""
    left: list[Point] = []
    right: list[Point] = []
    last = len(path) - 1
    for index, (x, y) in enumerate(path):
        before, after = path[max(index - 1, 0)], path[min(index + 1, last)]
        dx, dy = after[0] - before[0], after[1] - before[1]
        length = math.hypot(dx, dy) or 1.0
        half = width(index / last) / 2
        left.append((x - dy / length * half, y + dx / length * half))
        right.append((x + dy / length * half, y - dx / length * half))
    return left + right[::-1]


def smooth_path(shape: Sequence[Point], steps: int = 8, *, closed: bool = True) -> list[Point]:
    """Catmull-Rom through the points."""
    count = len(shape)
    result: list[Point] = []
    for index in range(count if closed else count - 1):
        p0 = shape[(index - 1) % count] if closed else shape[max(index - 1, 0)]
        p1, p2 = shape[index], shape[(index + 1) % count]
        p3 = shape[(index + 2) % count] if closed else shape[min(index + 2, count - 1)]
        for step in range(steps):
            t = step / steps
            result.append((_spline(p0[0], p1[0], p2[0], p3[0], t), _spline(p0[1], p1[1], p2[1], p3[1], t)))
    if not closed:
        result.append(shape[-1])
    return result


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t)
