"""Secrets that never reach history."""

import base64
import json
from urllib.parse import quote

import pytest

from engine.domain.data.masking import MASK, Secrets, masked, masked_text, unmasked

CANARY = "kanarien/vogel+7&x"


@pytest.mark.parametrize("name", [
    "Authorization", "X-Api-Key", "api_key", "apiKey", "password", "newPassword", "client_secret",
    "access_token", "Set-Cookie", "refreshToken", "AWS_ACCESS_KEY", "private key", "Proxy-Authorization",
])
def test_whatever_is_filed_under_a_telling_name_is_hidden_at_any_depth(name):
    given = {"headers": [{"deeper": {name: CANARY}}]}

    assert CANARY not in json.dumps(masked(given), ensure_ascii=False)


@pytest.mark.parametrize("name", ["Accept", "key", "author", "customer", "passenger"])
def test_other_names_are_left_alone(name):
    assert masked({name: "value"}) == {name: "value"}


def test_a_whole_branch_under_a_telling_name_is_hidden():
    assert masked({"secrets": {"shop": CANARY}}) == {"secrets": MASK}


@pytest.mark.parametrize("text", [
    "GET https://shop.example/orders?page=2&api_key=hunter2x&sort=asc",
    "GET https://ann:hunter2x@shop.example/",
    "curl -H 'Authorization: Bearer hunter2x' https://shop.example",
    "authorization=hunter2x",
    "refused: Bearer hunter2x",
    '{"user": "ann", "password": "hunter2x"}',
    "Cookie: session=hunter2x; theme=dark",
    "password: hunter2x",
    "access_token=hunter2x",
])
def test_secrets_inside_a_text_are_hidden(text):
    assert "hunter2x" not in masked_text(text)


@pytest.mark.parametrize("text", [
    "127.0.0.1 did not answer within 10 seconds.",
    "https://shop.example:8443/orders?page=2",
    "The token is missing",
    "Sent to ann@example.org at 09:00",
    "basic settings",
])
def test_texts_without_secrets_stay_as_they_are(text):
    assert masked_text(text) == text


@pytest.mark.parametrize("written", [
    CANARY, quote(CANARY, safe=""), base64.b64encode(CANARY.encode()).decode(), json.dumps(CANARY),
    base64.urlsafe_b64encode(CANARY.encode()).decode(),
])
def test_a_known_secret_is_hidden_however_it_comes_back(written):
    secrets = Secrets({"headers": {"X-Api-Key": CANARY}})

    hidden = secrets.hide({"data": [f"you sent {written} to us"], "status": 200})

    assert written.strip('"') not in json.dumps(hidden)
    assert hidden["status"] == 200


def test_the_part_after_the_scheme_is_known_too():
    secrets = Secrets({"headers": {"Authorization": f"Bearer {CANARY}"}})

    assert secrets.hide_in(f"token was {CANARY}") == f"token was {MASK}"


def test_what_is_very_short_hides_nothing():
    assert Secrets({"password": "a"}).hide({"name": "Anna"}) == {"name": "Anna"}


def test_masking_twice_changes_nothing_more():
    once = masked_text("password=hunter2x")

    assert masked_text(once) == once


def test_a_very_long_text_is_searched_in_one_go():
    assert masked_text("token" * 200_000).endswith("token")


@pytest.mark.parametrize(("given", "back"), [
    ({"password": MASK, "new": MASK}, {"password": CANARY, "new": MASK}),
    ({"password": "other", "n": True}, {"password": "other", "n": True}),
    ({"n": MASK, "all": [MASK, {"token": MASK}, {"token": MASK}]},
     {"n": MASK, "all": [MASK, {"token": CANARY}, {"token": MASK}]}),
    ({"password": {"is": MASK}, "all": MASK}, {"password": {"is": MASK}, "all": MASK}),
])
def test_only_dots_in_the_place_of_a_secret_stand_for_it(given, back):
    assert unmasked(given, {"password": CANARY, "n": 1, "all": ["a", {"token": CANARY}]}) == back


def test_a_text_that_says_a_secret_is_known_again_by_its_dots_too():
    stored = {"password": CANARY, "note": f"it is {CANARY}"}
    assert unmasked({"password": MASK, "note": f"it is {MASK}"}, stored) == stored
