"""The control port: the HTTP API, who may use it, and the page that staff see."""
