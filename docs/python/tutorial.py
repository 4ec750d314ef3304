# SPDX-License-Identifier: Apache-2.0
# %% [markdown]
# # From readings to bills in ten minutes
#
# This page is a script, `docs/python/tutorial.py`: run it as a whole, or cell by cell in an editor
# that knows cells (VS Code, Spyder, Jupyter with jupytext). It is run by the tests, and what it
# prints is held to this page. Figures go to the folder `figures`.
#
# ## Install
#
# In a checkout of wattpurse:
#
# ```
# sudo apt install g++ libexpected-dev nlohmann-json3-dev libssl-dev python3-dev python3-venv
# python3 -m venv ~/venv && . ~/venv/bin/activate
# pip install ./bindings/python matplotlib openpyxl
# ```
#
# Compiling takes eight minutes on two cores; the rest is quick. pandas, polars and pyarrow are used
# where they are, and nothing here needs them.

# %%
import os
from decimal import Decimal
from pathlib import Path

import wattpurse
from wattpurse import Tariff, plot, tariff

FIGURES = Path(os.environ.get("WATTPURSE_FIGURES", "figures"))
FIGURES.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# ## Data to try with
#
# A year of 30 meters by 15 minutes: flats, shops and a workshop. It is the same for everybody.

# %%
data = wattpurse.demo()
print(data)
print(data.accounts["F0101"])
print(data.tariff)

# %% [markdown]
# Readings are columns in long form: one row for each account and time. `kwh` is what was used in
# the interval that begins at `time`. Numbers are `Decimal`: a float is refused everywhere, for 0.1
# as a float is not 0.1.

# %%
for name in data.readings:
    print(f"{name:8} {data.readings[name][19 * 4]}")

# %% [markdown]
# ## Bills
#
# The readings, a tariff, and what the tariff asks of each account: here how many persons live
# there, which makes the first steps of the ladder larger. Each month is a bill.

# %%
bills = wattpurse.bill(data.readings, data.tariff, data.accounts)
print(bills)
for bill in list(bills)[:3]:
    print(bill["account"], bill["period"], bill["kwh"], "kWh", bill["total"], bill["currency"])

# %% [markdown]
# In a notebook `bills` shows itself as a table. `bills.to_pandas()`, `.to_polars()` and
# `.to_arrow()` give frames; `bills.to_pandas("lines")` has each line of each bill.
#
# ## Why is it so much?
#
# Every line with its arithmetic, to be checked with a pocket calculator; `lang="zh"` says it in
# Chinese.

# %%
for line in bills.explain("F0101", "2026-12"):
    print(line)

# %% [markdown]
# ## Look at it
#
# The load of a week with the bands of the tariff behind it, the bills of the year, and how far the
# account is up its ladder.

# %%
account = "F0101"
plot.load(data.readings, account, tariff=data.tariff, since="2026-07-20").figure.savefig(
    FIGURES / "load.png")
bills.plot(account).figure.savefig(FIGURES / "bills.png")

used = wattpurse.consumption(data.readings, account, attributes=data.accounts[account])
plot.tier(used, data.tariff).figure.savefig(FIGURES / "tier.png")
plot.bands(Tariff.template("guangdong_industrial")).figure.savefig(FIGURES / "bands.png")

# %% [markdown]
# ## Your own CSV
#
# Columns are found by their usual names, English or Chinese, or named by you. Times have an offset
# (2026-01-31T23:45:00+08:00), or you say which one they are in. Here a meter that shows a total,
# read once a day: the differences are charged.

# %%
Path("mine.csv").write_text(
    "meter,ts,reading\n"
    "A1,2026-03-01 00:00,1200.00\n"
    "A1,2026-03-02 00:00,1208.25\n"
    "A1,2026-03-03 00:00,1215.75\n"
    "A1,2026-04-01 00:00,1441.50\n", encoding="utf-8")
mine = wattpurse.bill("mine.csv", tariff.flat("0.538"), time="ts", register="reading",
                      tz="+08:00")
print(mine)
print(*mine.explain("A1"), sep="\n")

# %% [markdown]
# ## A wrong row
#
# Nothing is guessed. All rows that cannot be used are told at once, with file, line, column and
# value; with `skip=True` they are left out, and `bills.skipped` lists them.

# %%
Path("wrong.csv").write_text(
    "account,time,kwh\n"
    "A1,2026-03-01T00:00:00+08:00,0.25\n"
    "A1,2026-03-01T00:15:00+08:00,0.2x\n"
    "A1,2026-03-01T00:30:00,0.25\n", encoding="utf-8")
try:
    wattpurse.bill("wrong.csv", tariff.flat("0.538"))
except wattpurse.ValidationError as error:
    print(error)

# %% [markdown]
# ## Your own tariff, and which one is cheaper
#
# Templates come with the package (`Tariff.templates()`); common structures are built in a line,
# and whatever a tariff file can say is in docs/tariffs.md.

# %%
new = tariff.tiered_time_of_use(
    [(200, {"peak": "0.56", "valley": "0.25"}), (400, {"peak": "0.62", "valley": "0.30"}),
     (None, {"peak": "0.90", "valley": "0.55"})],
    {"peak": "08:00-22:00", "valley": "rest"}, name="the new offer")
offers = tariff.compare([data.tariff, new], used)
for offer in offers:
    print(f"{offer.rank}. {offer.tariff.name}: {offer.total:.2f} CNY, {offer.more:.2f} more")
plot.compare(offers).figure.savefig(FIGURES / "compare.png")

# %% [markdown]
# For all accounts at once, bill them by both:

# %%
changed = wattpurse.bill(data.readings, new, data.accounts)
print("now:", bills.total["CNY"], "new:", changed.total["CNY"])

# %% [markdown]
# ## Hand it on
#
# CSV is UTF-8 with a mark, so that Excel shows Chinese as it is; the workbook has a sheet of bills
# and one of lines.

# %%
bills.to_csv("bills.csv")
bills.to_csv("lines.csv", "lines")
bills.to_xlsx("bills.xlsx")
with open("bills.csv", encoding="utf-8-sig") as file:
    print(file.readline().strip())
    print(file.readline().strip())

# %% [markdown]
# ## What should this customer do?
#
# Each piece of advice is rated, as it was and as it would have been; `action.figures` has what it
# is made of, and `action.method` how.

# %%
advice = wattpurse.advise(data.readings, data.tariff, account, others=data.readings,
                          tariffs=[new], balance="60", attributes=data.accounts[account])
for action in advice:
    print("-", action)
    assert action.saving is None or action.saving.to_decimal() > Decimal(0)
plot.balance(data.readings, data.tariff, account, "60", warning="20",
             attributes=data.accounts[account]).figure.savefig(FIGURES / "balance.png")

# %% [markdown]
# ## Further
#
# - docs/python/api.md: every function, its units and its errors
# - docs/tariffs.md: what a tariff can say
# - examples/python: a hundred million rows on one machine, with DuckDB and with polars
