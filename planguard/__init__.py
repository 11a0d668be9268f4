"""planguard: what would production lose if this plan were applied, and has a human agreed to exactly that?"""

__version__ = "0.1.0"
