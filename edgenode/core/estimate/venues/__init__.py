"""The venue map: what each outside venue is like, by its books and by how our orders fared there.

    part       tells, by venue and instrument
    ---------  ----------------------------------------------------------------------------------
    books      spread, depth, basis to the reference, lag, the hours of the week it publishes in
    hedges     how much of our hedges was executed, at what shortfall; each venue's share of all
    curve      the shortfall by size: monotone, drawn to what all venues give while data are few

It proposes, and decides nothing. The router (core/hedge/children) adds to the price of a venue
what is expected to be lost by hedges that do not execute there.
"""
