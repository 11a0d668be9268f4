"""The weighing: ranks of evidence, contradictions, before and after, neighbours, secrets."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from planguard.config import Config, ProductionConfig
from planguard.model import (
    UNKNOWN,
    Action,
    Change,
    Environment,
    Evidence,
    Plan,
    ProviderConfig,
    Resource,
    Sensitive,
    Tier,
    Values,
)
from planguard.production import Environments, classify

PROD, OTHER, NEITHER = Tier.PRODUCTION, Tier.OTHER, Tier.UNKNOWN
DB = "aws_db_instance.main"


def change(
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None = None,
    address: str = DB,
    *,
    module: str = "",
    provider: str = "aws",
    key: str | int | None = None,
    previous: str | None = None,
) -> Change:
    kind, _, name = address.rpartition(".")
    full = f"{module}.{address}" if module else address
    full += "" if key is None else f"[{key}]" if isinstance(key, int) else f'["{key}"]'
    return Change(
        Resource(full, kind, name, provider, module, key),
        Action.DELETE if after is None else Action.CREATE if before is None else Action.UPDATE,
        before=None if before is None else Values.of(before),
        after=None if after is None else Values.of(after),
        previous_address=previous,
    )


def plan(*changes: Change, **fields: Any) -> Plan:
    return Plan(source="plan.json", format="terraform-plan", changes=changes, **fields)


def judge(*changes: Change, said: ProductionConfig = ProductionConfig(), **fields: Any) -> Environments:  # noqa: B008
    stated, path = fields.pop("stated", None), fields.pop("path", None)
    return classify(plan(*changes, **fields), Config(production=said), stated=stated, path=path)


def only(item: Change, **fields: Any) -> Environment:
    return judge(item, **fields).of(item)


def sources(environment: Environment) -> list[tuple[str, str]]:
    return [(evidence.source, evidence.text) for evidence in environment.evidence]


# --- tags and labels --------------------------------------------------------------------------------------------------


def test_a_tag_says_production_and_is_the_evidence() -> None:
    found = only(change({"tags": {"env": "prod", "team": "dev"}}))
    assert found == Environment(PROD, (Evidence(PROD, "tag env", "prod", 2),))


def test_every_usual_place_for_tags_is_read() -> None:
    for attributes in (
        {"tags_all": {"Environment": "Production"}},
        {"labels": {"env": "prd"}},
        {"effective_labels": {"stage": "prod"}},
        {"terraform_labels": {"app_env": "prod"}},
        {"user_labels": {"environment_name": "prod"}},
        {"tags": {"acme:environment": "prod"}},
        {"tags": {"is_prod": "true"}},
        {"tag": [{"key": "Environment", "value": "prod", "propagate_at_launch": True}]},
        {"Tags": [{"Key": "Stage", "Value": "prod"}]},
        {"metadata": [{"name": "orders", "labels": {"app.kubernetes.io/environment": "prod"}}]},
    ):
        found = only(change(attributes))
        assert (found.tier, found.evidence[0].rank) == (PROD, 2), attributes


def test_tags_about_something_else_say_nothing() -> None:
    tags = {"team": "prod", "owner": "dev@example.com", "tier": "gold", "env": "azure", "environment_variables": "prod"}
    assert only(change({"tags": tags})).tier is NEITHER


def test_unknown_and_empty_tags_say_nothing() -> None:
    for tags in (UNKNOWN, None, {}, [], "prod", {"env": UNKNOWN}, {"env": None}, {"env": ["prod"]}, [None, 3]):
        assert only(change({"tags": tags})) == Environment(NEITHER)


def test_the_users_own_tag_keys_are_read() -> None:
    item = change({"tags": {"CostGroup": "prod"}})
    assert only(item).tier is NEITHER
    assert only(item, said=ProductionConfig(tag_keys=("costgroup",))).evidence[0].source == "tag CostGroup"


def test_the_users_own_words_are_read() -> None:
    item = change({"tags": {"env": "blue"}, "name": "orders-pit"})
    assert only(item).tier is NEITHER
    said = ProductionConfig(words={"blue": PROD, "pit": OTHER})
    assert only(item, said=said).tier is PROD


# --- before and after -------------------------------------------------------------------------------------------------


def test_an_object_is_judged_by_what_it_is_now() -> None:
    item = change({"tags": {"env": "prod"}}, {"tags": {"env": "dev"}})
    environments = judge(item)
    assert environments.of(item).tier is PROD
    assert environments.of_after(item).tier is OTHER


def test_wrong_variables_are_seen_from_the_values_afterwards() -> None:
    item = change({"identifier": "prod-orders"}, {"identifier": "dev-orders"}, module="module.prod")
    environments = judge(item, variables={"environment": "dev"})
    assert environments.of(item).tier is PROD
    assert environments.of_after(item).tier is OTHER


def test_a_new_object_is_judged_by_what_it_will_be() -> None:
    assert only(change(None, {"bucket": "acme-prod-logs"}, "aws_s3_bucket.logs")).tier is PROD


def test_what_goes_away_has_no_environment_afterwards() -> None:
    item = change({"tags": {"env": "prod"}})
    assert judge(item).of_after(item) == Environment(NEITHER)


def test_where_it_came_from_counts() -> None:
    item = change({}, {}, previous="module.prod.aws_db_instance.main")
    assert only(item).tier is PROD


# --- names, addresses, hosts ------------------------------------------------------------------------------------------


def test_names_of_every_kind_are_read() -> None:
    for attributes in (
        {"name": "orders-prod"},
        {"identifier": "prod-orders"},
        {"bucket": "acme-prod-uploads"},
        {"function_name": "prodOrders"},
        {"endpoint": "orders.prod.example.com:5432"},
        {"id": "/subscriptions/s/resourceGroups/rg-prod/providers/Microsoft.Sql/servers/orders"},
        {"metadata": [{"name": "orders", "namespace": "prod"}]},
        {"tags": {"Name": "orders-prod"}},
        {"DBInstanceIdentifier": "prod-orders"},
    ):
        found = only(change(attributes))
        assert (found.tier, found.evidence[0].rank) == (PROD, 4), attributes


def test_what_it_belongs_to_counts_when_nothing_else_says_anything() -> None:
    assert only(change({"cluster": "arn:aws:ecs:eu-west-1:1:cluster/prod", "name": "api"})).tier is PROD
    assert only(change({"cluster": "prod", "name": "api-dev"})).tier is OTHER


def test_descriptions_and_regions_say_nothing() -> None:
    assert only(change({"description": "not for production", "region": "prod-1", "db_name": "test"})).tier is NEITHER


def test_addresses_are_read_without_their_types() -> None:
    assert sources(only(change({}, module="module.prod"))) == [("module", "module.prod")]
    assert sources(only(change({}, address="aws_db_instance.prod_orders"))) == [("name in the source", "prod_orders")]
    assert sources(only(change({}, key="prod"))) == [("instance key", "prod")]
    assert only(change({}, address="azurerm_dev_test_lab.x")).tier is NEITHER
    assert only(change({}, key=3)).tier is NEITHER


def test_an_address_with_both_words_is_unclear() -> None:
    found = only(change({}, module='module.tenant["dev"]', key="prod"))
    assert found.tier is NEITHER
    assert sources(found)[0][0] == "address"


# --- ranks and contradictions -----------------------------------------------------------------------------------------


def test_a_tag_outranks_a_name_that_only_looks_like_production() -> None:
    assert only(change({"tags": {"env": "dev"}, "name": "production-line-sensors"})).tier is OTHER
    assert only(change({"tags": {"env": "dev"}, "name": "product-catalog"})).tier is OTHER
    assert only(change({"tags": {"env": "dev"}, "name": "shared-alb"})).tier is OTHER
    assert only(change({"tags": {"env": "dev"}, "name": "staging-prod-sync"})).tier is OTHER


def test_a_name_that_plainly_says_production_contradicts_a_tag() -> None:
    found = only(change({"tags": {"env": "dev"}, "identifier": "prod-orders"}))
    assert (found.tier, found.contradiction) == (PROD, True)
    assert sources(found) == [("tag env", "dev"), ("identifier", "prod-orders")]


def test_a_tag_that_says_production_stays_and_the_contradiction_is_said() -> None:
    found = only(change({"tags": {"env": "prod"}, "name": "dev-orders"}))
    assert (found.tier, found.contradiction) == (PROD, True)


def test_tags_that_contradict_each_other_are_production() -> None:
    found = only(change({"tags": {"env": "dev", "stage": "prod"}}))
    assert (found.tier, found.contradiction) == (PROD, True)


def test_evidence_that_agrees_is_no_contradiction() -> None:
    found = only(change({"tags": {"env": "prod"}, "name": "prod-x"}, module="module.prod"), workspace="prod")
    assert (found.tier, found.contradiction) == (PROD, False)
    assert [evidence.rank for evidence in found.evidence] == [2, 3, 4, 4]


def test_a_name_with_both_words_stays_unclear_whatever_the_neighbours_say() -> None:
    item, other = change({"name": "staging-prod-sync"}), change({"name": "dev"}, address="aws_x.y")
    assert judge(item, other).of(item).tier is NEITHER
    production = change({"name": "prod"}, address="aws_x.y")
    assert judge(item, production).of(item).tier is PROD


def test_the_ranks_in_their_order() -> None:
    """Each rank alone against all weaker ones: it decides, or the plain contradiction makes it production."""
    for tiers in itertools.product(["prod", "dev"], repeat=3):
        attributes: dict[str, Any] = {"tags": {"env": tiers[0]}, "name": f"{tiers[2]}-orders"}
        found = only(change(attributes), workspace=tiers[1])
        assert found.tier is (PROD if "prod" in tiers else OTHER), tiers
        assert found.contradiction is (len(set(tiers)) > 1), tiers
        assert [evidence.rank for evidence in found.evidence] == [2, 3, 4]


# --- the user's statements --------------------------------------------------------------------------------------------


def test_what_is_stated_stands_first() -> None:
    found = only(change({"name": "orders"}), stated=PROD)
    assert found.evidence[0] == Evidence(PROD, "stated", "--environment production", 1)
    assert only(change({"name": "orders"}), stated=OTHER).tier is OTHER


def test_a_stated_other_does_not_silence_production() -> None:
    found = only(change({"tags": {"env": "prod"}}), stated=OTHER)
    assert (found.tier, found.contradiction) == (PROD, True)


def test_accounts_subscriptions_and_projects_are_looked_up() -> None:
    said = ProductionConfig(accounts={"111111111111": PROD}, subscriptions={"sub-1": PROD}, projects={"acme-*": PROD})
    for attributes, provider in (
        ({"arn": "arn:aws:rds:eu-west-1:111111111111:db:orders"}, "aws"),
        ({"owner_id": "111111111111"}, "aws"),
        ({"id": "/subscriptions/sub-1/resourceGroups/x/providers/Y/z/orders"}, "azurerm"),
        ({"id": "projects/acme-7/locations/x/clusters/orders"}, "google"),
        ({"project": "acme-7"}, "google"),
    ):
        found = only(change(attributes, provider=provider), said=said)
        assert (found.tier, found.evidence[0].rank) == (PROD, 1), attributes
    assert only(change({"arn": "arn:aws:rds:eu-west-1:222222222222:db:orders"}), said=said).tier is NEITHER


def test_workspaces_and_paths_are_looked_up() -> None:
    said = ProductionConfig(workspaces={"eu-*": PROD}, paths={"infra/eu*": PROD})
    assert only(change({}), said=said, workspace="eu-7").tier is PROD
    assert only(change({}), said=said, path="infra/eu/plan.json").tier is PROD
    assert only(change({}), said=said, path="infra\\eu\\plan.json").tier is PROD
    assert only(change({}), said=said, workspace="us-7", path="infra/us/plan.json").tier is NEITHER


def test_the_users_word_on_an_address_is_final() -> None:
    item = change({"tags": {"env": "prod"}, "name": "prod-line"}, module="module.factory")
    found = only(item, said=ProductionConfig(addresses={"module.factory.*": OTHER}))
    assert (found.tier, found.contradiction) == (OTHER, False)
    assert only(item, said=ProductionConfig(addresses={"module.other.*": OTHER})).tier is PROD


# --- the plan around it -----------------------------------------------------------------------------------------------


def test_workspace_variables_and_directory_speak_for_everything() -> None:
    item = change({"name": "orders"})
    assert sources(only(item, workspace="prod")) == [("workspace", "prod")]
    assert sources(only(item, variables={"environment": "prod"})) == [("variable environment", "prod")]
    assert sources(only(item, variables={"is_prod": True})) == [("variable is_prod", "True")]
    assert sources(only(item, variables={"tags": {"env": "prod"}})) == [("variable tags: env", "prod")]
    assert sources(only(item, variables={"aws_profile": "acme-prod"})) == [("variable aws_profile", "acme-prod")]
    assert sources(only(item, path="envs/prod/plan.json")) == [("directory", "envs/prod")]
    assert sources(only(item, path="plan-prod.json")) == [("file name", "plan-prod.json")]


def test_paths_that_nobody_chose_for_an_environment_say_nothing() -> None:
    for path in (
        "tests/fixtures/a-dev-destroy/plan.json",
        "15-dev-destroy/plan.json",
        "/home/dev/plan.json",
        "/tmp/plan.json",
        "tmp/plan.json",
        "test.json",
        "C:\\users\\dev\\plan.json",
        "<stdin>",
        "-",
    ):
        assert only(change({"name": "orders"}), path=path).tier is NEITHER, path


def test_the_end_of_an_absolute_path_counts() -> None:
    assert only(change({}), path="/builds/acme/infra/live/prod/plan.json").tier is PROD
    assert only(change({}), path="/builds/acme/infra/live/dev/plan.json").tier is OTHER


def test_a_workspace_against_a_variable_is_a_contradiction() -> None:
    found = only(change({"name": "orders"}), workspace="dev", variables={"env": "prod"})
    assert (found.tier, found.contradiction) == (PROD, True)


def test_provider_settings_tell() -> None:
    telling: list[dict[str, Any]] = [
        {"profile": "acme-prod"},
        {"assume_role": [{"role_arn": "arn:aws:iam::111111111111:role/prod-deployer"}]},
        {"default_tags": [{"tags": {"Environment": "prod"}}]},
    ]
    for settings in telling:
        provider = ProviderConfig("aws", settings=settings)
        assert only(change({"name": "orders"}), providers=(provider,)).tier is PROD, settings
    silent: list[dict[str, Any]] = [
        {"region": "prod-1"},
        {"profile": UNKNOWN},
        {"default_tags": [{"tags": UNKNOWN}]},
    ]
    for settings in silent:
        provider = ProviderConfig("aws", settings=settings)
        assert only(change({"name": "orders"}), providers=(provider,)).tier is NEITHER, settings


def test_the_account_of_a_provider_is_looked_up() -> None:
    said = ProductionConfig(accounts={"111111111111": PROD}, subscriptions={"sub-1": PROD})
    for settings in (
        {"allowed_account_ids": ["111111111111"]},
        {"assume_role": [{"role_arn": "arn:aws:iam::111111111111:role/ci"}]},
        {"subscription_id": "sub-1"},
    ):
        found = only(change({}), said=said, providers=(ProviderConfig("aws", settings=settings),))
        assert (found.tier, found.evidence[0].rank) == (PROD, 1), settings


def test_an_alias_speaks_only_when_all_configurations_of_the_provider_agree() -> None:
    item, prod = change({"name": "orders"}), ProviderConfig("aws.prod", alias="prod")
    assert only(item, providers=(prod,)).tier is PROD
    assert only(item, providers=(prod, ProviderConfig("aws.prod_us", alias="prod_us"))).tier is PROD
    assert only(item, providers=(prod, ProviderConfig("module.x:aws"))).tier is PROD
    assert only(item, providers=(prod, ProviderConfig("google"))).tier is PROD
    assert only(item, providers=(prod, ProviderConfig("aws"))).tier is NEITHER
    assert only(change({}, provider="google"), providers=(prod,)).tier is NEITHER
    assert only(item, providers=(ProviderConfig("aws.dev", alias="dev"), ProviderConfig("aws"))).tier is NEITHER


def test_a_production_alias_beside_others_forbids_the_guess_of_other() -> None:
    item, neighbour = change({"name": "orders"}), change({"name": "dev"}, address="aws_x.y")
    providers = (ProviderConfig("aws.prod", alias="prod"), ProviderConfig("aws"))
    assert judge(item, neighbour).of(item).tier is OTHER
    assert judge(item, neighbour, providers=providers).of(item).tier is NEITHER


def test_a_google_project_stands_with_the_accounts() -> None:
    found = only(change({"project": "acme-prod", "name": "orders"}, provider="google"))
    assert found.evidence == (Evidence(PROD, "project", "acme-prod", 3),)


# --- shared -----------------------------------------------------------------------------------------------------------


def test_what_is_shared_grades_like_production_and_says_so() -> None:
    found = only(change({"tags": {"env": "shared"}}))
    assert found == Environment(PROD, (Evidence(PROD, "tag env (shared with production)", "shared", 2),))
    assert only(change({"name": "shared-services-dev"})).tier is OTHER
    assert only(change({"tags": {"env": "dr"}})).tier is PROD


def test_shared_gives_way_to_an_environment_of_the_same_rank() -> None:
    found = only(change({"name": "dev-alb"}, module="module.shared"))
    assert (found.tier, found.contradiction) == (OTHER, False)


# --- neighbours -------------------------------------------------------------------------------------------------------


def named(*texts: str) -> list[Change]:
    return [change({"name": text}, address=f"aws_x.n{number}") for number, text in enumerate(texts)]


def test_a_silent_resource_takes_the_answer_of_unanimous_neighbours() -> None:
    item = change({"id": "i-0123"})
    production = judge(item, *named("prod-a", "prod-b", "i-1")).of(item)
    assert production == Environment(
        PROD, (Evidence(PROD, "neighbours", "all 2 others with a name or tag are production", 5),)
    )
    other = judge(item, *named("dev-a", "uat-b", "x")).of(item)
    assert other.tier is OTHER
    assert other.evidence[-1].text == "all 2 others with a name or tag are not production"
    assert "the only other one" in judge(item, *named("dev-a")).of(item).evidence[-1].text


def test_mixed_neighbours_say_nothing_and_are_shown() -> None:
    item = change({"id": "i-0123"})
    found = judge(item, *named("prod-a", "dev-b")).of(item)
    assert found.tier is NEITHER
    assert found.evidence[0].source == "neighbours"


def test_unclear_neighbours_do_not_make_it_another_environment() -> None:
    item = change({"id": "i-0123"})
    assert judge(item, *named("dev-a", "prod-to-dev-export")).of(item).tier is NEITHER
    contradictory = change({"tags": {"env": "dev"}, "name": "prod-x"}, address="aws_x.c")
    assert judge(item, *named("dev-a"), contradictory).of(item).tier is NEITHER


def test_neighbours_never_outvote_evidence() -> None:
    item = change({"name": "dev-x"})
    assert judge(item, *named("prod-a", "prod-b", "prod-c")).of(item).tier is OTHER


def test_unchanged_neighbours_count() -> None:
    item = change({"id": "i-0123"})
    for resource in (
        Resource("module.prod.aws_x.y", "aws_x", "y", "aws", "module.prod"),
        Resource("aws_x.prod", "aws_x", "prod", "aws"),
        Resource('aws_x.y["prod"]', "aws_x", "y", "aws", "", "prod"),
    ):
        environments = judge(item, unchanged=(resource, Resource("aws_x.z", "aws_x", "z", "aws")))
        assert environments.of(item).tier is PROD, resource
        assert environments.of_resource(resource).tier is PROD
    assert judge(item, unchanged=(Resource("aws_x.z", "aws_x", "z", "aws"),)).of(item) == Environment(NEITHER)


def test_an_unchanged_resource_is_judged_by_address_plan_and_neighbours() -> None:
    resource = Resource("aws_x.z", "aws_x", "z", "aws")
    assert judge(unchanged=(resource,)).of_resource(resource).tier is NEITHER
    assert judge(unchanged=(resource,), workspace="dev").of_resource(resource).tier is OTHER
    assert judge(*named("prod"), unchanged=(resource,)).of_resource(resource).tier is PROD
    said = ProductionConfig(addresses={"aws_x.*": PROD})
    assert judge(unchanged=(resource,), said=said).of_resource(resource).tier is PROD


# --- the plan as a whole ----------------------------------------------------------------------------------------------


def test_the_plan_is_what_most_of_its_resources_say() -> None:
    assert judge(*named("prod-a", "prod-b", "dev-c")).plan.tier is PROD
    assert judge(*named("prod-a", "dev-b")).plan.tier is PROD
    assert judge(*named("prod-a", "dev-b", "dev-c")).plan.tier is OTHER
    assert judge(*named("prod-a", "prod-b")).plan.evidence[0].text == (
        "2 of 2 resources with a name or tag are production"
    )
    assert judge(*named("orders")).plan == Environment(NEITHER)


def test_what_is_stated_of_the_plan_comes_before_its_resources() -> None:
    assert judge(*named("orders"), workspace="prod").plan.tier is PROD
    assert judge(workspace="dev").plan.tier is OTHER
    contradicted = judge(*named("prod-a"), workspace="dev").plan
    assert (contradicted.tier, contradicted.contradiction) == (PROD, True)


def test_a_plan_of_nothing_but_drift_is_judged_by_the_drift() -> None:
    drifted = change({"tags": {"env": "prod"}}, {"tags": {"env": "prod"}})
    assert judge(drift=(drifted,)).plan.tier is PROD


# --- secrets ----------------------------------------------------------------------------------------------------------


def test_sensitive_values_are_matched_and_never_shown() -> None:
    for attributes in (
        {"tags": {"env": Sensitive("prod")}},
        {"tags": Sensitive({"env": "prod"})},
        {"tag": [{"key": "env", "value": Sensitive("prod")}]},
        {"name": Sensitive("prod-x")},
        {"metadata": Sensitive([{"name": "prod"}])},
        {"metadata": [{"labels": Sensitive({"env": "prod"})}]},
    ):
        found = only(change(attributes))
        assert found.tier is PROD, attributes
        assert {evidence.text for evidence in found.evidence} == {"(sensitive)"}, attributes
    found = only(change({}), variables={"env": Sensitive("prod")})
    assert sources(found) == [("variable env", "(sensitive)")]
    found = only(change({}), providers=(ProviderConfig("aws", settings={"profile": Sensitive("acme-prod")}),))
    assert sources(found) == [("provider's profile", "(sensitive)")]


def test_an_unmarked_copy_of_a_secret_is_not_shown() -> None:
    found = only(change({"name": "prod-hunter2-x"}), secrets=frozenset({"hunter2", "hunter3-and-more"}))
    assert sources(found) == [("name", "(sensitive)")]
    assert sources(only(change({"name": "prod-hunter"}), secrets=frozenset({"hunter2"}))) == [("name", "prod-hunter")]


# --- order ------------------------------------------------------------------------------------------------------------

words = st.sampled_from(["prod", "dev", "orders", "shared", "prod-dev", "production-line", "live"])


@given(st.lists(st.tuples(words, words), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(rows: list[tuple[str, str]], random: Any) -> None:
    items = [
        change({"tags": {"env": tag, "stage": name, "Name": name}, "name": name}, address=f"aws_x.n{at}")
        for at, (tag, name) in enumerate(rows)
    ]
    silent = change({"id": "i-1"})
    shuffled = [
        item._replace(
            before=Values.of({"name": item.before.get("name"), "tags": dict(reversed(item.before.get("tags").items()))})
        )
        for item in items
        if item.before is not None
    ]
    random.shuffle(shuffled)
    first, second = judge(*items, silent), judge(silent, *shuffled)
    assert first.of(silent) == second.of(silent)
    assert first.plan == second.plan
    by_address = {item.resource.address: second.of(item) for item in shuffled}
    assert {item.resource.address: first.of(item) for item in items} == by_address


@given(st.lists(words, min_size=0, max_size=4), words)
def test_more_evidence_of_production_never_makes_it_another_environment(names: list[str], tag: str) -> None:
    item = change({"tags": {"env": tag}, "name": "prod-orders"})
    assert judge(item, *named(*names)).of(item).tier is PROD
