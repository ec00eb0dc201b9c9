"""Where sealed segments are copied before they leave the box."""
