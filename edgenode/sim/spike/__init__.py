"""The spike drill: four times the usual volume on two venues, one of them late."""
