"""Makes more_goog.csv: what talib_goog.csv lacks, on the first 500 bars of goog.csv.

    pip install TA-Lib==0.8.2 pandas-ta-classic==0.8.32 talipp==2.7.0 scipy==1.17.1
    python more_goog.py

Columns are named after the library that made them. Those of talipp seed the average true range one bar
earlier than TA-Lib does, and agree once that is forgotten.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pandas_ta_classic as ta
import talib
import talipp.indicators
from scipy import stats
from talipp.indicators.SuperTrend import Trend
from talipp.ohlcv import OHLCV

FOLDER = Path(__file__).parent

data = pd.read_csv(FOLDER / "goog.csv", index_col="Date", parse_dates=True).head(500).astype(float)
o, h, l, c, v = (data[name] for name in ("Open", "High", "Low", "Close", "Volume"))
returns = np.log(c / c.shift())
bars = [OHLCV(*bar) for bar in data.itertuples(index=False)]
columns = {}


def add(library, name, *outputs):
    """Several outputs of a function are told apart by `name.output`."""
    base, *parts = name.split(".")
    for part, output in zip(parts or [None], outputs, strict=True):
        columns[f"{library}:{base}" + (f".{part}" if part else "")] = np.asarray(output, float)


def bars_since(position):
    """TA-Lib gives the extreme's bar, 0 during warm-up; we say how many bars ago it was."""
    return np.where(np.arange(len(c)) < 19, np.nan, np.arange(len(c)) - np.asarray(position))


def rolling(values, n, function):
    return values.rolling(n).apply(function, raw=True)


add("talib", "STOCHRSI(c,14,5,3).k.d", *talib.STOCHRSI(c, 14, 5, 3, 0))
add("talib", "STOCHRSI(c,14,14,3).k.d", *talib.STOCHRSI(c, 14, 14, 3, 0))
add("talib", "CORREL(h,l,20)", talib.CORREL(h, l, 20))
add("talib", "CORREL(c,v,30)", talib.CORREL(c, v, 30))
add("talib", "BETA(h,l,5)", talib.BETA(h, l, 5))
add("talib", "BETA(o,c,60)", talib.BETA(o, c, 60))
add("talib", "MIDPOINT(c,14)", talib.MIDPOINT(c, 14))
add("talib", "MIDPRICE(26)", talib.MIDPRICE(h, l, 26))
add("talib", "DX(14)", talib.DX(h, l, c, 14))
add("talib", "ADXR(14)", talib.ADXR(h, l, c, 14))
add("talib", "PLUS_DM(14)", talib.PLUS_DM(h, l, 14))
add("talib", "MINUS_DM(14)", talib.MINUS_DM(h, l, 14))
add("talib", "PLUS_DM(1)", talib.PLUS_DM(h, l, 1))
add("talib", "MINUS_DM(2)", talib.MINUS_DM(h, l, 2))
add("talib", "ROCP(c,10)", talib.ROCP(c, 10))
add("talib", "AVGPRICE", talib.AVGPRICE(o, h, l, c))
add("talib", "MEDPRICE", talib.MEDPRICE(h, l))
add("talib", "TYPPRICE", talib.TYPPRICE(h, l, c))
add("talib", "WCLPRICE", talib.WCLPRICE(h, l, c))
add("talib", "TSF(c,14)", talib.TSF(c, 14))
add("talib", "LINEARREG_ANGLE(c,14)", talib.LINEARREG_ANGLE(c, 14))
add("talib", "LINEARREG_INTERCEPT(c,14)", talib.LINEARREG_INTERCEPT(c, 14))
add("talib", "MAXINDEX(c,20)", bars_since(talib.MAXINDEX(c, 20)))
add("talib", "MININDEX(l,20)", bars_since(talib.MININDEX(l, 20)))
add("talib", "TANH(c-o)", talib.TANH(c - o))

vortex, candles, lines = ta.vortex(h, l, c, 14), ta.ha(o, h, l, c), ta.ichimoku(h, l, c)[0]
channel = ta.donchian(h, l, 20, 20)
add("pandas_ta", "vortex(14).plus.minus", vortex["VTXP_14"], vortex["VTXM_14"])
add("pandas_ta", "chop(14)", ta.chop(h, l, c, 14))
add("pandas_ta", "cmf(20)", ta.cmf(h, l, c, v, length=20))
add("pandas_ta", "er(c,20)", ta.er(c, 20))
add("pandas_ta", "tsi(c,13,25)", ta.tsi(c, 13, 25).iloc[:, 0])
add("pandas_ta", "pvt", ta.pvt(c, v) / 100)
add("pandas_ta", "efi(c,v,13)", ta.efi(c, v, 13))
add("pandas_ta", "zlma(c,30)", ta.zlma(c, 30))
add("pandas_ta", "vwap", ta.vwap(h, l, c, v))
add("pandas_ta", "ha.open.high.low.close", *(candles[f"HA_{name}"] for name in ("open", "high", "low", "close")))
add("pandas_ta", "ichimoku.9.26.a.b", *(lines[name] for name in ("ITS_9", "IKS_26", "ISA_9", "ISB_26")))
add("pandas_ta", "donchian(20).lower.middle.upper", *(channel[name] for name in channel))

add("scipy", "skew(60)", rolling(returns, 60, stats.skew))
add("scipy", "kurtosis(60)", rolling(returns, 60, lambda x: stats.kurtosis(x, fisher=False)))
add("numpy", "quantile(21,0.9)", rolling(c, 21, lambda x: np.quantile(x, 0.9)))
add("scipy", "linregress(30)", rolling(c, 30, lambda x: stats.linregress(np.arange(30), x).rvalue ** 2))


def talipp_column(values, value=lambda output: output):
    return [np.nan if output is None else value(output) for output in values]


trend = talipp.indicators.SuperTrend(10, 3, bars)
keltner = talipp.indicators.KeltnerChannels(20, 10, 2, 2, bars)
add("talipp", "SuperTrend(10,3)", talipp_column(trend, lambda output: output.value))
add("talipp", "SuperTrend.trend", talipp_column(trend, lambda output: 1 if output.trend == Trend.UP else -1))
add("talipp", "Keltner(20,10,2).ub.lb", *(talipp_column(keltner, lambda output: getattr(output, side)) for side in ("ub", "lb")))
add("talipp", "RogersSatchell(20)", talipp_column(talipp.indicators.RogersSatchell(20, bars)))

table = pd.DataFrame(columns)
table.to_csv(FOLDER / "more_goog.csv", index=False, float_format="%.12g", lineterminator="\n")
