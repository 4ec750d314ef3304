# SPDX-License-Identifier: Apache-2.0
"""Tariffs and bills as tables for notebooks."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._core.tariff import Bill

__all__ = ["bill_html", "tariff_html"]

_ZH = {
    "band": "\u65f6\u6bb5", "times": "\u65f6\u95f4", "register": "\u8d39\u7387",
    "charge": "\u9879\u76ee", "on": "\u8ba1\u8d39\u91cf", "tier": "\u9636\u68af",
    "price": "\u5355\u4ef7", "from": "\u81ea", "rounding": "\u820d\u5165",
    "line": "\u660e\u7ec6", "quantity": "\u6570\u91cf", "amount": "\u91d1\u989d",
    "sum": "\u5408\u8ba1", "bill": "\u8d26\u5355", "cash": "\u73b0\u91d1",
    "above": "\u8d85\u8fc7", "to": "\u81f3", "so far": "\u622a\u81f3\u76ee\u524d",
    "times without data": "\u7f3a\u6570\u636e\u7684\u65f6\u95f4",
    "estimated rows": "\u4f30\u7b97\u7684\u884c", "rows left out": "\u672a\u8ba1\u8d39\u7684\u884c",
    "all day": "\u5168\u5929", "also": "\u53e6\u8ba1",
}
_CELL = "text-align:left;padding:1px 8px;vertical-align:top"
_NUMBER = "text-align:right;padding:1px 8px;font-variant-numeric:tabular-nums"


def _say(word: str, lang: str) -> str:
    return _ZH.get(word, word) if lang == "zh" else word


def title_of(part: Mapping[str, Any], lang: str, otherwise: str) -> str:
    """The title in that language, else in the other one, else the id."""
    titles = part.get("title") or {}
    other = "en" if lang == "zh" else "zh"
    return str(titles.get(lang) or titles.get(other) or otherwise)


def _table(heads: Iterable[str], rows: Iterable[Iterable[tuple[str, str]]]) -> str:
    """rows of (style, text) cells; the text is escaped here, a line feed is a new line."""
    head = "".join(f'<th style="{_CELL}">{html.escape(each)}</th>' for each in heads)
    body = "".join(
        "<tr>" + "".join(f'<td style="{style}">{html.escape(text).replace(chr(10), "<br>")}</td>'
                         for style, text in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _windows_of(version: Mapping[str, Any], band: str) -> str:
    """"08:00-22:00", a line for each plan that has the band; its name where there are several."""
    plans = version.get("calendar", {}).get("plans", [])
    out = []
    for plan in plans:
        times = ", ".join(f"{each['from']}-{each['until']}" for each in plan["windows"]
                          if each["band"] == band)
        if times:
            out.append(f"{plan['name']}: {times}" if len(plans) > 1 else times)
    return "\n".join(out)


def _band_rows(data: Mapping[str, Any], version: Mapping[str, Any],
               lang: str) -> Iterable[list[tuple[str, str]]]:
    for band in data.get("bands", []):
        yield [(_CELL, title_of(band, lang, band["name"])),
               (_CELL, _windows_of(version, band["name"])), (_CELL, band.get("register", ""))]


def _bound(low: str | None, high: str | None, lang: str) -> str:
    if high is None:
        return f"{_say('above', lang)} {low}" if low else ""
    if low is None:
        return f"{_say('to', lang)} {high}"
    return f"{low} {_say('to', lang)} {high}"


def _price_of(tier: Mapping[str, Any], rate: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """All prices of a tier, one below the other."""
    if "prices" in tier:
        out = [f"{titles.get(band, band)} {price}" for band, price in tier["prices"].items()]
    elif "price" in tier:
        out = [str(tier["price"])]
    else:
        out = [str(rate.get("series", ""))]
    if tier.get("fee"):
        out.append(f"+ {tier['fee']}")
    return "\n".join(out)


def _charge_rows(data: Mapping[str, Any], version: Mapping[str, Any],
                 lang: str) -> Iterable[list[tuple[str, str]]]:
    titles = {band["name"]: title_of(band, lang, band["name"]) for band in data.get("bands", [])}
    units = {each["name"]: each.get("unit", "kWh") for each in version.get("determinants", [])}
    lines = [*version.get("charges", []), *version.get("adjustments", [])]
    for part in lines:
        rate = part.get("rate", {})
        tiers = rate.get("tiers") or [rate]
        low = None
        name = title_of(part, lang, part["line"])
        on = part.get("on") or ", ".join(part.get("over", []))
        unit = units.get(part.get("on", ""), "")
        per = f"{data['currency']}/{unit}" if unit else part.get("kind", "")
        for number, tier in enumerate(tiers):
            first = number == 0
            yield [(_CELL, name if first else ""), (_CELL, on if first else ""),
                   (_CELL, _bound(low, tier.get("up_to"), lang)),
                   (_NUMBER, _price_of(tier, rate, titles)), (_CELL, per if first else "")]
            low = tier.get("up_to")


def tariff_html(data: Mapping[str, Any], lang: str) -> str:
    """Bands with their times and prices by tier, a pair of tables for each version."""
    out = [f"<b>{html.escape(data['name'])}</b> ({html.escape(data['currency'])}, "
           f"{html.escape(data['zone'])})"]
    if data.get("source"):
        out.append(f'<div style="opacity:.7">{html.escape(data["source"])}</div>')
    for version in data["versions"]:
        if len(data["versions"]) > 1:
            since = f", {_say('from', lang)} {version['from']}" if "from" in version else ""
            out.append(f"<div><b>{html.escape(version['name'] + since)}</b></div>")
        if data.get("bands"):
            heads = [_say(each, lang) for each in ("band", "times", "register")]
            out.append(_table(heads, _band_rows(data, version, lang)))
        heads = [_say(each, lang) for each in ("charge", "on", "tier", "price")]
        out.append(_table([*heads, ""], _charge_rows(data, version, lang)))
    return f"<div>{''.join(out)}</div>"


def shown_number(number: Decimal, places: int = 0) -> str:
    """Without the zeros at its end, but with at least so many places."""
    text = format(number, "f")
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    return f"{whole}.{fraction}" if fraction else whole


def _notes(bill: Bill, lang: str) -> Iterable[str]:
    for count, word in ((len(bill.gaps), "times without data"),
                        (bill.estimated, "estimated rows"), (bill.left_out, "rows left out")):
        if count:
            yield f"{_say(word, lang)}: {count}"


def bill_html(bill: Bill, lang: str) -> str:
    """A bill, line by line, with its totals and what it does not know."""
    rows = []
    for line in bill.lines:
        quantity, price = "", ""
        if line.kind in ("charge", "fee"):
            quantity = f"{shown_number(line.quantity)} {line.unit}"
            price = shown_number(line.price, 2)
        elif line.kind == "percent":
            quantity = shown_number(line.base.to_decimal(), 2)
            price = f"{shown_number(line.price * 100)} %"
        rows.append([(_CELL, line.title(lang)), (_NUMBER, quantity), (_NUMBER, price),
                     (_NUMBER, shown_number(line.amount.to_decimal(), 2))])
    totals = [("sum", bill.charged), ("bill", bill.total)]
    if bill.cash is not None:
        totals.append(("cash", bill.cash))
    for word, amount in totals:
        text = f"{shown_number(amount.to_decimal(), 2)} {amount.currency}"
        rows.append([(_CELL, ""), (_CELL, ""), (_CELL + ";font-weight:bold", _say(word, lang)),
                     (_NUMBER + ";font-weight:bold", text)])
    heads = [_say(each, lang) for each in ("line", "quantity", "price", "amount")]
    open_until = "" if bill.is_closed else f" ({_say('so far', lang)})"
    notes = "".join(f"<div>{html.escape(each)}</div>" for each in _notes(bill, lang))
    return (f"<div><b>{html.escape(bill.tariff_name)}</b>, {html.escape(bill.period.id)}"
            f"{html.escape(open_until)}{_table(heads, rows)}{notes}</div>")
