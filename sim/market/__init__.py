"""The market: customers and outsiders, their network, journeys and moves; it never sees the org chart."""
