"""The plot: four panels of lines and bars, as SVG without a library."""
import math

from phases import CROWD, FLOOR, OURS

COLOUR = {"null": "#888888", "verdict": "#1668a8", "opendkim+opendmarc": "#c9700a", "rspamd": "#a3252f"}
WIDTH, HEIGHT, LEFT, TOP, GAP = 430, 300, 62, 46, 24
FONT = 'font-family="sans-serif" font-size="12"'


def element(name, content="", **attributes):
    words = " ".join('%s="%s"' % (key.replace("_", "-"), value) for key, value in attributes.items())
    return "<%s %s>%s</%s>" % (name, words, content, name)


def label(x, y, text, anchor="middle", **more):
    safe = str(text).replace("&", "&amp;").replace("<", "&lt;")
    return element("text", safe, x="%.1f" % x, y="%.1f" % y, text_anchor=anchor, **more)


def steps(low, high):
    """Round numbers for a linear axis."""
    step = 10 ** math.floor(math.log10(max(high - low, 1e-9)))
    step = next(step * part for part in (0.1, 0.2, 0.5, 1, 2) if (high - low) / (step * part) <= 6)
    first = math.ceil(low / step)
    return [n * step for n in range(first, int(high / step) + 1)]


def marks(low, high):
    """Round numbers for a logarithmic axis: as many as fit."""
    found = []
    for parts in ((1,), (1, 3), (1, 2, 5)):
        decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        found = [part * 10.0 ** n for n in decades for part in parts if low <= part * 10.0 ** n <= high]
        if len(found) > 2:
            break
    return found


class Panel:
    """One diagram; column and row place it on the sheet."""

    def __init__(self, column, row, title, unit):
        self.x, self.y = column * (WIDTH + LEFT + GAP) + LEFT, row * (HEIGHT + TOP + 2 * GAP) + TOP
        self.parts = [label(self.x + WIDTH / 2, self.y - 24, title, font_weight="bold"),
                      label(self.x - LEFT + 8, self.y - 8, unit, "start")]

    def frame(self):
        self.parts.append(element("rect", x=self.x, y=self.y, width=WIDTH, height=HEIGHT, fill="none", stroke="#444444"))

    def ticks_y(self, ticks, place):
        for tick in ticks:
            y = place(tick)
            self.parts.append(element("line", x1=self.x, x2=self.x + WIDTH, y1="%.1f" % y, y2="%.1f" % y, stroke="#dddddd"))
            self.parts.append(label(self.x - 6, y + 4, "%g" % tick, "end"))

    def lines(self, series, x_name):
        """series: {name: [(x, y)]}, both axes logarithmic."""
        points = [point for line in series.values() for point in line]
        if not points:
            return
        def scale(values, origin, length):
            low, high = math.log10(min(values) / 1.2), math.log10(max(values) * 1.2)
            return lambda value: origin + (math.log10(value) - low) / (high - low) * length
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        place_x, place_y = scale(xs, self.x, WIDTH), scale(ys, self.y + HEIGHT, -HEIGHT)
        self.ticks_y(marks(min(ys) / 1.2, max(ys) * 1.2), place_y)
        for x in sorted(set(xs)):
            self.parts.append(label(place_x(x), self.y + HEIGHT + 16, "%d" % x if x >= 100 else "%.2g" % x))
        self.parts.append(label(self.x + WIDTH / 2, self.y + HEIGHT + 32, x_name))
        for name, line in series.items():
            path = " ".join("%.1f,%.1f" % (place_x(x), place_y(y)) for x, y in line)
            self.parts.append(element("polyline", points=path, fill="none", stroke=COLOUR[name], stroke_width=2))
            for x, y in line:
                self.parts.append(element("circle", cx="%.1f" % place_x(x), cy="%.1f" % place_y(y), r=3, fill=COLOUR[name]))
        self.frame()

    def bars(self, groups):
        """groups: [(title, {name: value})]"""
        groups = [group for group in groups if group[1]]
        if not groups:
            return
        high = max(value for _, bars in groups for value in bars.values()) * 1.1
        def place(value):
            return self.y + HEIGHT - value / high * HEIGHT
        self.ticks_y(steps(0, high), place)
        for at, (title, bars) in enumerate(groups):
            room = WIDTH / len(groups)
            width = room * 0.8 / len(bars)
            for number, (name, value) in enumerate(bars.items()):
                x = self.x + at * room + room * 0.1 + number * width
                self.parts.append(element("rect", x="%.1f" % x, y="%.1f" % place(value), width="%.1f" % (width - 3),
                                          height="%.1f" % (self.y + HEIGHT - place(value)), fill=COLOUR[name]))
                self.parts.append(label(x + width / 2, place(value) - 4, "%.1f" % value))
            self.parts.append(label(self.x + (at + 0.5) * room, self.y + HEIGHT + 16, title))
        self.frame()


def times_floor(numbers, names):
    groups = []
    for phase, title in (("mixed", "real mail"), ("small", "2 kB")):
        floor = numbers.of(phase, FLOOR, 8)
        ratios = {name: numbers.ratio(numbers.of(phase, name, 8), floor, "cpu_ms") for name in names}
        groups.append((title, {name: ratio[0] for name, ratio in ratios.items() if ratio}))
    return groups


def by_sessions(numbers, names, phase, path, sessions):
    series = {}
    for name in names:
        found = [(n, numbers.spread(numbers.of(phase, name, n), path)) for n in sessions]
        series[name] = [(n, spread[0]) for n, spread in found if spread and spread[0] > 0]
    return {name: line for name, line in series.items() if line}


def by_size(numbers, facts):
    sizes = sorted((made["octets_mean"], name) for name, made in facts.items() if name.startswith("size-"))
    series = {}
    for peer in (FLOOR, OURS):
        found = [(octets / 1e6, numbers.spread(numbers.of("sizes", peer, label=name), "cpu_ms")) for octets, name in sizes]
        series[peer] = [(octets, spread[0]) for octets, spread in found if spread]
    return {name: line for name, line in series.items() if line}


def svg(numbers, facts):
    names = [name for name in COLOUR if any(r["peer"] == name for r in numbers.records)]
    sessions = sorted({r["sessions"] for r in numbers.records if r["phase"] == "mixed"})
    panels = [Panel(0, 0, "CPU a message, 8 sessions", "times the floor"),
              Panel(1, 0, "Messages a second, sizes as of real mail", "messages/s"),
              Panel(0, 1, "End of message, 99 of 100, sizes as of real mail", "ms"),
              Panel(1, 1, "CPU by size of the message", "ms"),
              Panel(0, 2, "CPU a message, 2 kB", "ms"),
              Panel(1, 2, "Whole message, 8 sessions, cold DNS of 20 ms", "ms")]
    panels[0].bars(times_floor(numbers, names))
    panels[1].lines(by_sessions(numbers, names, "mixed", "rate", sessions), "sessions")
    panels[2].lines(by_sessions(numbers, names, "mixed", "eom_ms.p99", sessions), "sessions")
    panels[3].lines(by_size(numbers, facts), "MB")
    panels[4].lines(by_sessions(numbers, (FLOOR, OURS), "crowd", "cpu_ms", CROWD), "sessions")
    cold = {name: numbers.of("cold", name) for name in names}
    panels[5].bars([(title, {name: numbers.spread(own, "message_ms." + title)[0] for name, own in cold.items() if own})
                    for title in ("p50", "p99")])
    width, height = 2 * (WIDTH + LEFT + GAP), 3 * (HEIGHT + TOP + 2 * GAP) + 30
    key = [element("rect", x=LEFT + at * 190, y=height - 24, width=12, height=12, fill=COLOUR[name])
           + label(LEFT + at * 190 + 18, height - 14, name, "start") for at, name in enumerate(names)]
    body = "\n".join(part for panel in panels for part in panel.parts) + "\n" + "\n".join(key)
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" %s>\n'
            '<rect width="100%%" height="100%%" fill="white"/>\n%s\n</svg>\n') % (width, height, FONT, body)
