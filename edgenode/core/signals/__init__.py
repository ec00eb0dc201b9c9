"""What sources of volume say becomes bars: integers, in any order of arrival, each once.

    source           one bar's value                      a bar without a value (unknown)
    ---------------  -----------------------------------  ------------------------------------
    venue's book     the volume that the venue tells      no book told it
    own book         lots that it traded                  the box was not there all of the bar
    feed, `each`     the sum of its readings              no reading, and not told to be complete
    feed, `counter`  the rise since the bar before        no reading before it; it fell

book      bars of a venue's published books
own       bars of this box's own book
feed      bars of a demand feed
derived   bars of 5 minutes, from those of one
rows      a row of text to a reading
calendar  scheduled events, from lines of text
quota     how much may be pushed in a minute

A bar closes once: `late` seconds after its end, whatever came by then. What comes later is refused
and counted, so that whoever took the bar (the forecast) never has to take it back.
"""
