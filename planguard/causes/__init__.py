"""Why a change happens (chain), what is really a move (moves), and the safer way to do it (advice). Pure."""

from planguard.causes.chain import Causes, explain
from planguard.causes.moves import Move, Moves, moves

__all__ = ["Causes", "Move", "Moves", "explain", "moves"]
