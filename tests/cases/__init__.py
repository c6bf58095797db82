"""Cases: zone, clock, configuration, envelope and message, and what comes out."""
