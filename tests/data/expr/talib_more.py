"""Makes talib_more_goog.csv: functions that talib_goog.csv lacks, on the first 500 bars of goog.csv.

    pip install TA-Lib==0.8.2 && python talib_more.py
"""

import csv
from pathlib import Path

import numpy as np
import talib

BARS = 500
FOLDER = Path(__file__).parent

with open(FOLDER / "goog.csv", newline="") as file:
    rows = list(csv.DictReader(file))[:BARS]
o, h, l, c, v = (
    np.array([float(row[name]) for row in rows]) for name in ("Open", "High", "Low", "Close", "Volume")
)
change = talib.ROCP(c, 1)


def bars_since(position):
    """TA-Lib gives the extreme's bar, 0 during warm-up; we say how many bars ago it was."""
    since = np.arange(BARS) - position.astype(float)
    since[:19] = np.nan
    return since


k, d = talib.STOCHRSI(c, 14, 5, 3, 0)
fast_k, slow_d = talib.STOCHRSI(c, 14, 14, 3, 0)
columns = {
    "stochrsi_14_5_3_k": k,
    "stochrsi_14_5_3_d": d,
    "stochrsi_14_14_3_k": fast_k,
    "stochrsi_14_14_3_d": slow_d,
    "correl_20_high_low": talib.CORREL(h, l, 20),
    "correl_30_close_volume": talib.CORREL(c, v, 30),
    "beta_5_high_low": talib.BETA(h, l, 5),
    "beta_60_open_close": talib.BETA(o, c, 60),
    "midpoint_14": talib.MIDPOINT(c, 14),
    "midprice_26": talib.MIDPRICE(h, l, 26),
    "dx_14": talib.DX(h, l, c, 14),
    "adxr_14": talib.ADXR(h, l, c, 14),
    "plus_dm_14": talib.PLUS_DM(h, l, 14),
    "minus_dm_14": talib.MINUS_DM(h, l, 14),
    "plus_dm_1": talib.PLUS_DM(h, l, 1),
    "minus_dm_2": talib.MINUS_DM(h, l, 2),
    "rocp_10": talib.ROCP(c, 10),
    "avgprice": talib.AVGPRICE(o, h, l, c),
    "medprice": talib.MEDPRICE(h, l),
    "typprice": talib.TYPPRICE(h, l, c),
    "wclprice": talib.WCLPRICE(h, l, c),
    "tsf_14": talib.TSF(c, 14),
    "linreg_angle_14": talib.LINEARREG_ANGLE(c, 14),
    "linreg_intercept_14": talib.LINEARREG_INTERCEPT(c, 14),
    "maxindex_20": bars_since(talib.MAXINDEX(c, 20)),
    "minindex_20": bars_since(talib.MININDEX(l, 20)),
    "tanh_100_rocp": talib.TANH(100 * change),
}

with open(FOLDER / "talib_more_goog.csv", "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    for values in zip(*columns.values()):
        writer.writerow("" if np.isnan(value) else f"{value:.12g}" for value in values)
