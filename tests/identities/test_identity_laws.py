"""Laws that hold for every policy: a Deny, a condition and a boundary only take away; an Allow only gives."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from planguard.identities import actions, wildcards
from planguard.identities.document import Condition, Statement
from planguard.identities.power import Source, beyond, effective

ACTIONS = st.sampled_from(
    ["*", "s3:*", "s3:Delete*", "s3:DeleteBucket", "rds:*", "rds:DeleteDBInstance", "s3:GetObject"]
)
RESOURCES = st.sampled_from(
    [
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::a",
        "arn:aws:s3:::a*",
        "arn:aws:s3:::a/*",
        "arn:aws:rds:*:*:db:a",
        "arn:aws:s3:::?",
    ]
)
CONDITIONS = st.sampled_from(
    [
        Condition("Bool", "aws:MultiFactorAuthPresent", ("true",)),
        Condition("BoolIfExists", "aws:MultiFactorAuthPresent", ("true",)),
        Condition("Bool", "aws:MultiFactorAuthPresent", ("false",)),
        Condition("BoolIfExists", "aws:MultiFactorAuthPresent", ("false",)),
        Condition("Null", "aws:MultiFactorAuthPresent", ("true",)),
        Condition("StringEquals", "aws:ResourceTag/env", ("dev",)),
        Condition("StringNotEquals", "aws:ResourceTag/env", ("dev",)),
        Condition("IpAddress", "aws:SourceIp", ("10.0.0.0/8",)),
    ]
)


@st.composite
def statements(draw, allow):
    negated = draw(st.booleans())
    spared = draw(st.booleans())
    chosen = tuple(draw(st.lists(ACTIONS, min_size=1, max_size=2)))
    where = tuple(draw(st.lists(RESOURCES, min_size=1, max_size=2)))
    return Statement(
        allow,
        actions=() if negated else chosen,
        but_actions=chosen if negated else None,
        resources=("*",) if spared else where,
        but_resources=where if spared else None,
        conditions=tuple(draw(st.lists(CONDITIONS, max_size=2))),
    )


def sources(*found):
    return [Source(one, "policy") for one in found]


ALLOW, DENY = statements(True), statements(False)
ANY = st.lists(st.one_of(ALLOW, DENY), max_size=4)


@given(ANY)
def test_nothing_is_beyond_itself(given_):
    grants = effective(sources(*given_)).grants
    assert beyond(grants, grants) == ()


@settings(max_examples=300, deadline=None)
@given(ANY, ALLOW)
def test_an_allow_takes_nothing_away(given_, more):
    before, after = effective(sources(*given_)), effective(sources(*given_, more))
    assert beyond(before.grants, after.grants) == ()


@settings(max_examples=300, deadline=None)
@given(ANY, DENY)
def test_a_deny_gives_nothing(given_, more):
    before, after = effective(sources(*given_)), effective(sources(*given_, more))
    assert beyond(after.grants, before.grants) == ()


@settings(max_examples=300, deadline=None)
@given(ANY, ANY)
def test_a_boundary_gives_nothing(given_, boundary):
    free, bound = effective(sources(*given_)), effective(sources(*given_), sources(*boundary))
    assert beyond(bound.grants, free.grants) == ()


@settings(max_examples=200, deadline=None)
@given(ANY)
def test_the_order_of_statements_does_not_matter(given_):
    one, other = effective(sources(*given_)).grants, effective(sources(*given_[::-1])).grants
    assert beyond(one, other) == beyond(other, one) == ()


# --- against a plain reading, request by request ----------------------------------------------------------------------

REQUESTS = [
    (action, resource, factor)
    for action, resource in (
        ("s3:DeleteBucket", "arn:aws:s3:::a"),
        ("s3:DeleteBucket", "arn:aws:s3:::bc"),
        ("s3:DeleteObject", "arn:aws:s3:::a/x"),
        ("rds:DeleteDBInstance", "arn:aws:rds:eu-west-1:1:db:a"),
        ("rds:DeleteDBInstance", "arn:aws:rds:eu-west-1:1:db:b"),
    )
    for factor in (None, "false")
]
FACTORS = st.lists(CONDITIONS.filter(lambda one: "MultiFactor" in one.key), max_size=2)


@st.composite
def plain_statements(draw):
    made = draw(statements(draw(st.booleans())))
    return made._replace(conditions=tuple(draw(FACTORS)))


def holds(condition, factor):
    """AWS's rule for the key of the second factor, for one request."""
    if condition.operator == "Null":
        return (factor is None) == (condition.values == ("true",))
    if factor is None:
        return condition.operator.endswith("IfExists")
    return factor in condition.values


def applies(statement, action, resource, factor):
    def named(patterns, text, fold):
        return any(wildcards.matches(pattern, text, fold=fold) for pattern in patterns)

    about = (
        not named(statement.but_actions, action, True)
        if statement.but_actions is not None
        else named(statement.actions, action, True)
    )
    where = (
        not named(statement.but_resources, resource, False)
        if statement.but_resources is not None
        else named(statement.resources, resource, False)
    )
    return about and where and all(holds(condition, factor) for condition in statement.conditions)


def allowed(given_, request):
    found = [one for one in given_ if applies(one, *request)]
    return any(one.allow for one in found) and all(one.allow for one in found)


def granted(grants, action, resource, factor):
    bit = actions.expand(action)
    request = 1 if factor is None else 2
    return any(
        grant.mask & bit
        and grant.requests & request
        and all(wildcards.matches(text, resource) for text in grant.patterns)
        and not any(wildcards.matches(text, resource) for text in grant.lacks)
        for grant in grants
    )


@settings(max_examples=600, deadline=None)
@given(st.lists(plain_statements(), max_size=4))
def test_it_says_what_a_request_by_request_reading_says(given_):
    grants = effective(sources(*given_)).grants
    for request in REQUESTS:
        assert granted(grants, *request) == allowed(given_, request), request


def test_a_deny_that_leaves_one_kind_gives_nothing_under_a_condition_on_tags():
    everything = Statement(True, ("*",))
    tagged = Condition("StringNotEquals", "aws:ResourceTag/env", ("dev",))
    guard = Statement(False, ("*",), resources=("arn:aws:s3:::*",), conditions=(tagged,))
    others = Statement(False, ("*",), but_resources=("arn:aws:s3:::*",))
    before, after = effective(sources(everything, guard)), effective(sources(everything, guard, others))
    assert after.grants
    assert beyond(after.grants, before.grants) == ()


def test_a_guard_that_holds_for_other_things_is_told():
    everything = Statement(True, ("*",))
    tagged = Condition("StringNotEquals", "aws:ResourceTag/env", ("dev",))
    guard = Statement(False, ("rds:Delete*",), resources=("arn:aws:rds:*:*:db:orders*",), conditions=(tagged,))
    moved = guard._replace(resources=("arn:aws:rds:*:*:db:carts*",))
    wider = guard._replace(resources=("arn:aws:rds:*:*:db:*",))
    before, after, all_of_them = (effective(sources(everything, deny)) for deny in (guard, moved, wider))
    assert beyond(after.grants, before.grants)
    assert not beyond(all_of_them.grants, before.grants)
    assert beyond(before.grants, all_of_them.grants)
