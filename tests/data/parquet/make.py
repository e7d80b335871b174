"""Writes the Parquet files of this folder, and beside each the same bars as CSV.

    pip install pandas==3.1.1 pyarrow==26.0.1
    python make.py

Deterministic: written anew, the CSV files are the same bytes, and the Parquet files hold the same values.
"""

import datetime as dt
import decimal
import pathlib
import random

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = pathlib.Path(__file__).parent


def walk(count, digits=2):
    """Open, high, low, close and volume of a random walk."""
    rng = random.Random(7)
    price, rows = 100.0, []
    for _ in range(count):
        open_ = price
        price = max(5.0, price * (1 + rng.gauss(0, 0.01)))
        high = max(open_, price) * (1 + abs(rng.gauss(0, 0.003)))
        low = min(open_, price) * (1 - abs(rng.gauss(0, 0.003)))
        rows.append([round(x, digits) for x in (open_, high, low, price)] + [rng.randrange(1, 10**6)])
        rows[-1][1] = max(rows[-1][:4])
        rows[-1][2] = min(rows[-1][:4])
        price = rows[-1][3]
    return rows


def frame(index, columns=("Open", "High", "Low", "Close", "Volume"), digits=2):
    return pd.DataFrame(walk(len(index), digits), index=index, columns=list(columns))


def daily():
    """What a download of daily bars saved by pandas looks like: an index of naive midnights."""
    data = frame(pd.bdate_range("2019-01-01", periods=100, name="Date"))
    data.to_parquet(FOLDER / "pandas_daily.parquet")
    dates = data.copy()
    dates.index = dates.index.strftime("%Y-%m-%d")
    dates.to_csv(FOLDER / "pandas_daily.csv")


def hourly():
    """An index without a name in a zone of its own, float32, Zstandard, pages of version 2."""
    index = pd.date_range("2020-03-06", periods=70, freq="h", tz="America/New_York")
    data = frame(index, ("o", "h", "l", "c", "v")).astype("float32")
    data.to_parquet(
        FOLDER / "pandas_hourly.parquet",
        compression="zstd",
        data_page_version="2.0",
        row_group_size=40,
    )
    data = data.astype("float64")
    data.index = index.tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%SZ")
    data.to_csv(FOLDER / "pandas_hourly.csv", index_label="time")


def decimals():
    """Dates, decimals and delta encoding, a required column, several row groups, no compression."""
    rows = walk(60, 4)
    dates = [dt.date(2021, 1, 4) + dt.timedelta(days=i) for i in range(len(rows))]
    price = pa.decimal128(12, 4)
    table = pa.table(
        {
            "trade_date": pa.array(dates, pa.date32()),
            **{
                name: pa.array([decimal.Decimal(repr(row[i])).quantize(decimal.Decimal("0.0001")) for row in rows], price)
                for i, name in enumerate(("open", "high", "low", "close"))
            },
            "volume": pa.array([row[4] for row in rows], pa.uint32()),
        },
        schema=pa.schema(
            [pa.field("trade_date", pa.date32(), nullable=False)]
            + [pa.field(name, price) for name in ("open", "high", "low", "close")]
            + [pa.field("volume", pa.uint32())]
        ),
    )
    pq.write_table(
        table,
        FOLDER / "arrow_decimals.parquet",
        compression="none",
        use_dictionary=False,
        column_encoding={"trade_date": "DELTA_BINARY_PACKED", "volume": "DELTA_BINARY_PACKED"},
        row_group_size=25,
    )
    lines = ["trade_date,open,high,low,close,volume"]
    lines += [f"{date},{','.join(map(repr, row))}" for date, row in zip(dates, rows)]
    (FOLDER / "arrow_decimals.csv").write_text("\n".join(lines) + "\n")


def gaps():
    """Nanoseconds and a missing close: not a number for pandas, null in the file."""
    data = frame(pd.date_range("2022-05-02 14:30", periods=12, freq="min", tz="UTC").as_unit("ns"))
    data.index.name = "timestamp"
    data.iloc[4, 3] = float("nan")
    data.to_parquet(FOLDER / "pandas_missing_close.parquet", compression="snappy")


if __name__ == "__main__":
    daily()
    hourly()
    decimals()
    gaps()
