"""Several sources of one instrument as one forecast: each corrects it as far as it has proved.

a source's bar -> how far it is from its own usual -> less what the target says itself
               -> a correction of the target's forecast -> its trial -> its share -> quantiles

level      one source beside its own usual level
regressor  what another source adds to a forecast, learned a horizon
announced  what the calendar adds
trial      whether it has proved anything: shadow, used, dropped
copies     which source tells what another one told
pool       how far the correction of all is believed
aggregate  the target's forecast with all of that
saved      the same as bytes
words      the same in sentences
"""
