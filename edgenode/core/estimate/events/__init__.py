"""Micro-events that nobody announced: found in a signal while they begin.

detector   one signal: takes bars, raises alarms
habit      its usual volume, by day and by week
closed     hours in which nothing trades, and the first hour after them
saved      a detector as bytes and back
"""
