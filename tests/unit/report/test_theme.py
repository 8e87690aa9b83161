"""One source of colours; nothing from data can leave a CSS string."""

import re

from analysis.report import theme


def test_every_colour_that_the_sheet_uses_is_a_token():
    sheet = theme.css()
    used = set(re.findall(r"var\(--([\w-]+)", sheet)) - {"c", "font"}
    assert used <= theme.TOKENS.keys()


def test_the_sheet_reaches_for_nothing_outside():
    assert not re.search(r"url\(|@import|https?:", theme.css())


def test_a_name_cannot_leave_the_running_head():
    css = theme.running_head('</style><script>"; } x', "a\nb\\", "{page}/{pages}")
    assert "</style" not in css and "<script" not in css
    assert css.count('"') % 2 == 0 and "\n" not in css and "\\000022" in css


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_colours_are_readable_on_white_and_on_the_panel():
    for name in ("ink", "ink-2", "ink-3", "start", "progress", "achieve", "above", "below", "even"):
        assert contrast(theme.TOKENS[name], "#FFFFFF") >= 4.5, name
    for name in ("ink", "ink-2", "ink-3"):
        assert contrast(theme.TOKENS[name], theme.PANEL) >= 4.5, name
