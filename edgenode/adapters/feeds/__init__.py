"""Demand feeds that are pulled: server-sent events and WebSocket.

events  server-sent events, from bytes
stream  connections, by the scheme of an address
"""
