"""The org designs and their kept results."""
