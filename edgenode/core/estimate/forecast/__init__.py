"""The forecast of a signal's volume over the next minutes: O(1) a bar, no library, no clock.

bar -> averages, day profile -> features -> one regression a horizon -> residuals -> quantiles

averages     what was lately: exponentially weighted, of logs and of values
profile      what this time of day is like
regression   recursive least squares; one gain a bar serves every horizon
residuals    how wrong forecasts were: quantiles that correct their own coverage
horizon      what is learned for one horizon
watch        whether it still beats the plain average; which speaks where it does not
usual        what it is compared with: chances, explanations
signal       one signal: takes bars, gives quantiles, and is saved and loaded
explanation  why a forecast is what it is, in parts and in words
"""
