"""Places where people review changes, each behind `planguard.forge.Host`. The only part that speaks to the network.

Owns requests and the shape of their answers. Judges nothing: who may agree, and to what, is `consent`'s.
"""
