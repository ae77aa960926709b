"""What the company does: departments, executives, contracts, practices, gaps, initiatives and workforce.

Closed forms are small pure functions (``contracts``, ``practices``, ``promise``, ``gaps``, ``workforce``,
``initiatives``); ``department`` and ``executives`` hold the Mesa agents that use them; ``company`` is the only door
to the rest of the simulator. Nothing here sees a customer: the market takes an ``Offer`` and returns ``Flows``.
"""
