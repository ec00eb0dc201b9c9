"""The forecast of a signal's volume over the next minutes: O(1) a bar, no library, no clock.

bar -> averages, day profile -> features -> one regression a horizon -> residuals -> quantiles

averages     what was lately: exponentially weighted, of logs and of values
profile      what this time of day is like
regression   recursive least squares; one gain a bar serves every horizon
residuals    how wrong forecasts were: quantiles that correct their own coverage
signal       one signal: takes bars, gives quantiles, and is saved and loaded
"""
