"""Claim this box at a centre: a single-use code out, the centre's keys in, pinned in one file."""

import http.client
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from edgenode.adapters import durable_file
from edgenode.adapters.keys import file as keys_file
from edgenode.adapters.ledger import store as ledger_store
from edgenode.model.address import HTTP, is_http
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.model.ledgers import LedgerId
from edgenode.wire import foreign
from edgenode.wire.note import Vkey

Json = dict[str, Any]
TIMEOUT_S = 10.0
ANSWER_MAX = 64 * 1024


def enroll(data: Path, url: str, code: str) -> Json:
    """Claim the node; a second person compares its fingerprint and approves it at the centre."""
    ledger = LedgerId.parse(ledger_store.meta(data / "ledger.sqlite")["ledger"])
    signer = keys_file.load(data / "keys" / "ledger.key")
    claim = {"ledger": ledger.name, "ledger_vkey": signer.vkey.text, "code": code}
    answer = _post(url.rstrip("/") + "/enroll/v1", claim)
    pin, state = _pin(url, answer), str(answer.get("state", ""))
    # Power lost here: the centre has recorded the claim and the box knows no centre. It takes
    # another code with the same key (tests/central/test_claims.py).
    write_pin(data, pin)
    return {
        "message_type": "summary",
        "schema": "edgenode.enroll/1",
        "ledger": ledger.name,
        "state": state,
        "central": url,
        "fingerprint": signer.vkey.fingerprint,
        **{key: pin[key] for key in ("vkey", "cosigner")},
    }


def write_pin(data: Path, pin: dict[str, str]) -> None:
    """Write DIR/centre.json, whole or not at all; durable on return."""
    durable_file.write(data / "centre.json", json.dumps(pin, indent=1).encode())


def _pin(url: str, answer: Json) -> dict[str, str]:
    """Return what is pinned of a centre's answer; UnreachableError if no centre words it so."""
    try:
        vkey, cosigner = (Vkey.parse(str(answer[name])).text for name in ("vkey", "cosigner"))
        return {"url": url, "party": str(answer["party"]), "vkey": vkey, "cosigner": cosigner}
    except (KeyError, RefusedError) as error:
        raise _no_centre(url, f"its answer has no {error}") from error


def _post(url: str, body: Json) -> Json:
    if not is_http(url):
        raise RefusedError(
            f"the URL {url!r}",
            expected=HTTP,
            do="give the address that `edgecentral serve` shows",
            code="EN009",
        )
    request = urllib.request.Request(  # noqa: S310  the scheme is checked above
        url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
            return foreign.json_as(response.read(ANSWER_MAX), dict[str, Any])
    except urllib.error.HTTPError as error:
        problem = _problem(error.read(ANSWER_MAX))
        raise RefusedError(
            str(problem.get("found") or f"the centre answered {error.code}"),
            expected=str(problem.get("expected", "")),
            do=str(problem.get("do", "")),
            code=str(problem.get("code", "EN502")),
        ) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise _no_centre(url, str(error)) from error
    except RefusedError as error:
        raise _no_centre(url, f"its answer is no JSON: {error}") from error


def _no_centre(url: str, found: str) -> UnreachableError:
    return UnreachableError(
        f"the centre does not answer at {url}: {found}",
        expected="a running edgecentral serve",
        do="check the URL and the path to it, then try again",
        code="EN301",
    )


def _problem(raw: bytes) -> Json:
    try:
        return foreign.json_as(raw, dict[str, Any])
    except RefusedError:
        return {}
