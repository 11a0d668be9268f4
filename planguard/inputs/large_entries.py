"""Elements of `resource_changes` as msgspec decodes them: names as strings, values left as the bytes they are.

Owns the fast way from a piece of the list to `sections.Entry`, and the proof that no key of it is written twice: the
decoder would keep the last one and say nothing, so the bytes are counted. What is read must fill the piece exactly, and
a piece that holds anything else (a second `actions`, a key from a future version, unusual white space) is refused here
and read again with the standard decoder. Decides nothing. Imports msgspec: to be imported only for a large plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any

import msgspec
from msgspec import Raw, Struct, field

from planguard.inputs import text, values
from planguard.inputs.sections import VALUE_KEYS, Form, Names

_ABSENT = Raw(b"")
NO_MASK = (b"", b"null")
"""What stands for a mask in documents that have none."""
Raws = list[tuple[Raw, ...]]
Decoder = msgspec.json.Decoder[Any]


class Change(Struct, gc=False):
    """The object under `change`."""

    actions: Raw = _ABSENT
    before: Raw = _ABSENT
    after: Raw = _ABSENT
    after_unknown: Raw = _ABSENT
    before_sensitive: Raw = _ABSENT
    after_sensitive: Raw = _ABSENT
    replace_paths: Raw = _ABSENT
    importing: Raw = _ABSENT


class _Id(Struct, gc=False):
    id: Any = None


class LargeEntry(Struct, gc=False):
    """One element; a `sections.Entry`."""

    change: Change
    address: str | None = None
    module_address: str | None = None
    mode: str | None = None
    type: str | None = None
    name: str | None = None
    provider_name: str | None = None
    deposed: str | None = None
    previous_address: str | None = None
    action_reason: str | None = None
    written_index: Raw = field(default=_ABSENT, name="index")
    position: int = field(default=0, name="(position)")
    actions: Any = field(default=None, name="(actions)")
    plain: bool = field(default=False, name="(plain)")
    """Whether it is a no-op of a managed object, neither moved, imported nor deposed."""
    marked: bool = field(default=False, name="(marked)")
    before: Form = field(default="object", name="(before)")
    after: Form = field(default="object", name="(after)")

    @property
    def index(self) -> Any:
        """`index`."""
        return loads(self.written_index) if self.written_index else None

    @property
    def replace_paths(self) -> Any:
        """`change.replace_paths`."""
        return loads(self.change.replace_paths)

    @property
    def importing(self) -> Any:
        """`change.importing`."""
        return loads(self.change.importing)

    @property
    def before_id(self) -> Any:
        """`change.before.id`."""
        if self.before != "object":
            return None
        try:
            return _ID.decode(self.change.before).id
        except (msgspec.DecodeError, RecursionError):
            return loads(self.change.before).get("id")

    def value(self, key: str) -> Any:
        """One of `VALUE_KEYS`, decoded now; of a mask only what it marks."""
        raw = getattr(self.change, key)
        return loads(raw) if key in ("before", "after") else _marks(bytes(raw))

    def keep(self) -> None:
        """Copy the values out of the piece that they are views of, so that the piece can go; and see what they are."""
        change = self.change
        self.before, self.after = _form(change.before), _form(change.after)
        change.before, change.after = change.before.copy(), change.after.copy()
        change.after_unknown = change.after_unknown.copy()
        change.before_sensitive, change.after_sensitive = change.before_sensitive.copy(), change.after_sensitive.copy()
        change.actions = change.actions.copy()
        change.replace_paths = change.replace_paths.copy()
        change.importing = change.importing.copy()
        self.written_index = self.written_index.copy()


_ENTRIES = msgspec.json.Decoder(list[LargeEntry])
_ID = msgspec.json.Decoder(_Id)
_ANY = msgspec.json.Decoder()


class Secrets:
    """Collects what masks mark, once: a plan repeats most objects three or four times, byte for byte.

    Of an object under a mask only the marked attributes are decoded.
    """

    def __init__(self) -> None:
        self.found: set[str] = set()
        self._seen: set[tuple[int, int]] = set()
        self._masks: dict[bytes, tuple[Any, Decoder | None]] = {}
        self._decoders: dict[tuple[str, ...], Decoder] = {}

    def collect(self, value: Raw, mask: bytes) -> None:
        """Add the secrets of a value under a mask; where there is no mask, what the attributes' names say."""
        key = hash(bytes(value)), hash(mask)
        if key in self._seen or not value:
            return
        self._seen.add(key)
        if mask in NO_MASK:
            found = loads(value)
            values.collect(found, values.guessed_mask(found), self.found)
            return
        marks, decoder = self._masks.get(mask) or self._known(mask)
        values.collect(_marked(value, decoder), marks, self.found)

    def _known(self, mask: bytes) -> tuple[Any, Decoder | None]:
        marks = _marks(mask)
        decoder = self._decoder(tuple(sorted(marks))) if isinstance(marks, dict) else None
        self._masks[mask] = marks, decoder
        return marks, decoder

    def _decoder(self, keys: tuple[str, ...]) -> Decoder | None:
        """Decodes nothing but these attributes."""
        if keys not in self._decoders and all(map(str.isidentifier, keys)):
            fields = [(f"_{key}", Raw, field(default=_ABSENT, name=key)) for key in keys]
            self._decoders[keys] = msgspec.json.Decoder(msgspec.defstruct("Marked", fields, gc=False))
        return self._decoders.get(keys)


def _marked(value: Raw, decoder: Decoder | None) -> Any:
    """The attributes that a decoder is made for; everything where there is none, or where this is no object."""
    if decoder is None:
        return loads(value)
    try:
        found = decoder.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return loads(value)
    names = zip(found.__struct_encode_fields__, found.__struct_fields__, strict=True)
    return {name: loads(raw) for name, raw in ((name, getattr(found, attribute)) for name, attribute in names) if raw}


def loads(raw: Raw) -> Any:
    """The value of a piece of JSON that is known to be well-formed; None where there is none."""
    if not raw:
        return None
    try:
        return _ANY.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        # A number beyond every float, or of thousands of digits: the way of ordinary plans takes or refuses it.
        return next(text.documents(f'{{"value":{bytes(raw).decode()}}}')).value["value"]


@lru_cache(maxsize=1024)
def _marks(mask: bytes) -> Any:
    """A mask without what it does not mark. Objects of one type mostly have the same one."""
    return values.marks(loads(Raw(mask)))


def _form(raw: Raw) -> Form:
    first = bytes(memoryview(raw)[:1])
    return "object" if first == b"{" else "none" if first in (b"", b"n") else "other"


class Layout:
    """How many bytes the document spends around keys, and how many a list of entries must have."""

    def __init__(self, indent: int | None) -> None:
        """`indent`: spaces per level, as jq and `python -m json.tool` write them; None: nothing between the tokens."""
        line = [0, 0, 0, 0, 0] if indent is None else [1 + indent * depth for depth in range(5)]
        gap = 0 if indent is None else 1
        self.key = 3 + gap + line[3]  # two quotes, colon, and what stands before and behind
        self.change_key = 3 + gap + line[4]
        self.around = 2 + line[2] * 2 + 2 + line[3]  # the brackets of an entry and of its `change`
        self.end = line[1]
        self._usual = self.around + self.key + len("change")
        self._usual += sum(self._text_size(key) for key in _USUAL_TEXT_KEYS)
        self._usual += sum(self.change_key + len(key) + 1 for key in _USUAL_RAW_KEYS)

    def fits(self, entries: Sequence[LargeEntry], odd: Sequence[LargeEntry], raws: Raws, size: int) -> bool:
        """Whether a list of these entries, each key written once and no others, takes exactly `size` bytes.

        `raws` are the usual values of each. `odd` are those in which keys that hardly any entry has are looked for
        first; only if that does not fit, they are looked for everywhere.
        """
        return self._fits_usual(entries, odd, raws, size) or self._fits_any(entries, size)

    def _fits_usual(self, entries: Sequence[LargeEntry], odd: Sequence[LargeEntry], raws: Raws, size: int) -> bool:
        number = len(entries)
        texts = list(filter(None, chain.from_iterable(map(_USUAL_TEXTS, entries))))
        modules = len(texts) - number * len(_USUAL_TEXT_KEYS)
        above = list(filter(None, map(_MODULE, entries)))
        lengths = list(map(len, chain.from_iterable(raws)))
        if modules != 0 or not all(lengths):
            return False
        rest = size - 1 - sum(lengths) - number * self._usual - len(above) * self._text_size("module_address")
        indexes = list(filter(None, map(len, map(_INDEX, entries))))
        rest -= sum(indexes) + len(indexes) * self._raw_size("index")
        texts += above
        if odd:
            rest -= self._texts(odd, _RARE_TEXT_KEYS, texts)
            rest -= self._raws([entry.change for entry in odd], _RARE_RAW_KEYS)
        return self._full(rest, texts)

    def _fits_any(self, entries: Sequence[LargeEntry], size: int) -> bool:
        texts: list[str] = []
        rest = size - 1 - len(entries) * (self.around + self.key + len("change"))
        rest -= self._texts(entries, (*_USUAL_TEXT_KEYS, "module_address", *_RARE_TEXT_KEYS), texts)
        rest -= self._raws([entry.change for entry in entries], (*_USUAL_RAW_KEYS, *_RARE_RAW_KEYS))
        indexes = list(filter(None, map(len, map(_INDEX, entries))))
        rest -= sum(indexes) + len(indexes) * self._raw_size("index")
        return self._full(rest, texts)

    def _texts(self, entries: Sequence[LargeEntry], keys: Sequence[str], into: list[str]) -> int:
        """What the strings under these keys take beside their content, which goes into `into`."""
        taken = 0
        for key in keys:
            found = list(filter(None, map(attrgetter(key), entries)))
            taken += len(found) * self._text_size(key)
            into += found
        return taken

    def _raws(self, changes: Sequence[Change], keys: Sequence[str]) -> int:
        """What the members under these keys take."""
        taken = 0
        for key in keys:
            lengths = list(filter(None, map(len, map(attrgetter(key), changes))))
            taken += sum(lengths) + len(lengths) * (self.change_key + len(key) + 1)
        return taken

    def _text_size(self, key: str) -> int:
        return self.key + len(key) + 3  # the value's quotes, and a comma

    def _raw_size(self, key: str) -> int:
        return self.key + len(key) + 1

    def _full(self, rest: int, texts: list[str]) -> bool:
        """Whether these strings, as JSON writes them, take what is left."""
        joined = "".join(texts)
        rest -= len(joined if joined.isascii() else joined.encode()) + joined.count('"') + joined.count("\\")
        if rest in (0, self.end):
            return True
        # Terraform writes these three as \u003c and so on.
        return rest - 5 * (joined.count("<") + joined.count(">") + joined.count("&")) in (0, self.end)


_USUAL_TEXT_KEYS = ("address", "mode", "type", "name", "provider_name")
_RARE_TEXT_KEYS = ("deposed", "previous_address", "action_reason")
_USUAL_RAW_KEYS = ("actions", *VALUE_KEYS)
_RARE_RAW_KEYS = ("replace_paths", "importing")
_TOLD = tuple(map(_USUAL_RAW_KEYS.index, ("actions", "before_sensitive", "after_sensitive")))
_USUAL_TEXTS = attrgetter(*_USUAL_TEXT_KEYS)
_USUAL_RAWS = attrgetter(*_USUAL_RAW_KEYS)
_CHANGE = attrgetter("change")
_MODULE = attrgetter("module_address")
_INDEX = attrgetter("written_index")


_NAMES = attrgetter("address", "type", "name", "module_address", "provider_name", "index")


def names(entries: Iterable[LargeEntry]) -> Iterator[Names]:
    """What the objects of these entries are called."""
    return map(_NAMES, entries)


class Reader:
    """Decodes the pieces of one list, in order."""

    def __init__(self, layout: Layout, secrets: Secrets) -> None:
        self._layout = layout
        self._secrets = secrets
        self._actions: dict[bytes, Any] = {}

    def read(self, piece: memoryview) -> list[LargeEntry] | None:
        """The entries of a piece, without their positions; None where it must be read in another way."""
        try:
            entries = _ENTRIES.decode(piece)
        except (msgspec.DecodeError, RecursionError):
            return None
        raws = list(map(_USUAL_RAWS, map(_CHANGE, entries)))
        odd, marked = self._look(entries, raws)
        if not self._layout.fits(entries, odd, raws, len(piece)):
            return None
        for entry in odd:
            entry.keep()
        for entry in marked:
            # Nothing but its secrets would be asked for.
            self._secrets.collect(entry.change.before, bytes(entry.change.before_sensitive))
            self._secrets.collect(entry.change.after, bytes(entry.change.after_sensitive))
            entry.marked = False
        return entries

    def _look(self, entries: list[LargeEntry], raws: Raws) -> tuple[list[LargeEntry], list[LargeEntry]]:
        """Set what each entry says of itself. Those that are no plain no-ops; the plain ones with a marked value."""
        known = self._actions
        odd, marked = [], []
        words, old_masks, new_masks = (list(map(bytes, map(itemgetter(place), raws))) for place in _TOLD)
        known.update((word, loads(Raw(word))) for word in set(words) - known.keys())
        telling = {mask for mask in {*old_masks, *new_masks} if b"true" in mask}
        for entry, word, old_mask, new_mask in zip(entries, words, old_masks, new_masks, strict=True):
            actions = entry.actions = known[word]
            marks = old_mask in telling or new_mask in telling
            if marks:
                entry.marked = True
            if actions != _NOOP or entry.previous_address or entry.deposed or entry.change.importing:
                odd.append(entry)
                continue
            entry.plain = entry.mode == "managed"
            if marks:
                marked.append(entry)
        return odd, marked


_NOOP = ["no-op"]
