"""The integrator's kit: does a venue keep what the `Venue` port promises?"""
