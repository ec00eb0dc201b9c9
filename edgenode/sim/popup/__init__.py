"""The popup drill: a demand of six times the usual for one hour, at a venue nobody recorded."""
