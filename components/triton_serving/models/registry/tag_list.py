"""The tags of a repository, which a registry may tell page by page."""

import json
import re
from urllib.parse import urlsplit

from ...rules.problems import UserError
from ..work import Work
from .client import Client
from .exchange import Answer

_NEXT = re.compile(r'<([^>]+)>\s*;.*\brel="?next"?')


def list_tags(client: Client, repository: str, work: Work) -> list[str]:
    """None of a repository that is not there."""
    what = f"list the versions of {repository}"
    path, found = f"/v2/{repository}/tags/list?n=1000", list[str]()
    seen = set[str]()
    while path not in seen:
        seen.add(path)
        answer = client.request("GET", path, what, work)
        if answer.status == 404:
            return found
        if answer.status != 200:
            raise client.refuse(what, answer)
        found += _read(answer, f"{client.host}: answers with {answer.kind or 'no content type'}", what)
        following = _NEXT.search(answer.headers.get("link", ""))
        if following is None:
            return found
        path = _same_host(client, client.origin + path, following[1])
    raise UserError(f"{client.host}: its list of versions never ends; ask its operator")


def _read(answer: Answer, answers: str, what: str) -> list[str]:
    try:
        tags = json.loads(answer.content)["tags"] or []
    except (ValueError, KeyError, TypeError):
        tags = None
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise UserError(f"{answers} that is no list of tags when asked to {what}; is this the address of a registry?")
    return tags


def _same_host(client: Client, url: str, link: str) -> str:
    following = urlsplit(client.follow(url, Answer(200, {"location": link}, b"")))
    if following.netloc != client.host:
        raise UserError(f"{client.host}: continues its list of versions at another host; ask its operator")
    return f"{following.path}?{following.query}"
