"""Work: what runs beside the server, how far it has come, and what came out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from fullcount.web import deciding
from fullcount.web.deciding import FIELDS
from fullcount.web.screen import FormError, Screen, Went

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fullcount.report import Account
    from fullcount.web.asked import Asked
    from fullcount.web.job import Job

COUNT = "count"
_STANDINGS = ("with it", "exempt", "without it", "not covered")


def view(asked: Asked) -> dict[str, Any]:
    """A piece of work by its number, else the last; and the decisions that are not counted yet."""
    jobs = asked.house.jobs
    job = jobs.of(asked.values.get("job", ""))
    found: dict[str, Any] = {
        "job": job,
        "share": jobs.share() if job and job.is_running else 1.0,
        "is_count": bool(job) and job.about.get("what") == COUNT if job else False,
        "form": {name: job.about.get(name, "") for name in FIELDS} if job else {},
        "pending": deciding.pending(asked),
        "changes": [],
        "counted": "",
        "before": "",
    }
    if job and job.result is not None:
        found |= _counted(asked, job) if found["is_count"] else {"changes": list(_previewed(asked, job))}
    return found


def _counted(asked: Asked, job: Job) -> dict[str, Any]:
    """The count that was made, the one before it, and the numbers of both where they are not the same."""
    after, before = str(job.result["accounts"][0]["count"]), job.about["before"]
    shelf = asked.house.shelf
    old = {one.directive["id"]: one for one in shelf.open(before).counted.accounts} if before != after else {}
    pairs = [(old[one.directive["id"]], one) for one in shelf.open(after).counted.accounts if one.directive["id"] in old]
    return {"counted": after, "before": before, "changes": [_both(one, two) for one, two in pairs]}


def _both(before: Account, after: Account) -> dict[str, Any]:
    names = ("systems", *_STANDINGS)
    rows = [_row(name, _number(before, name), _number(after, name)) for name in names]
    links = [{"link": _list(before, name), "after_link": _list(after, name)} for name in names]
    return _change(after, str(after.directive["id"]), [row | link for row, link in zip(rows, links, strict=True)])


def _previewed(asked: Asked, job: Job) -> Iterator[dict[str, Any]]:
    """By directive the numbers before and after. A number of before is a link where the newest count says the same."""
    newest = {one.directive["id"]: one for one in asked.house.shelf.open("last").counted.accounts}
    for one in job.result["directives"]:
        account = newest.get(one["directive"])
        rows = [_row(name, before, one["after"][name]) for name, before in one["before"].items()]
        for row in rows:
            if account and _number(account, row["name"]) == row["before"]:
                row["link"] = _list(account, row["name"])
        yield _change(account, one["directive"], rows)


def _change(account: Account | None, directive: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    title = (account.directive.get("short_title") if account else None) or directive
    return {"directive": directive, "title": title, "rows": rows, "changes": any(row["before"] != row["after"] for row in rows)}


def _row(name: str, before: int, after: int) -> dict[str, Any]:
    return {"name": name, "before": before, "after": after, "link": "", "after_link": ""}


def _number(account: Account, name: str) -> int:
    return int(getattr(account.total, name.replace(" ", "_")))


def _list(account: Account, name: str) -> str:
    """The address of the list behind a number of a count."""
    query = f"?{urlencode({'standing': name})}" if name in _STANDINGS else ""
    return f"/{account.count}/{quote(account.directive['id'])}/hosts{query}"


def act(asked: Asked, form: Mapping[str, str]) -> Went:
    """Start a count, or stop what runs. Raises `WorkspaceError` where something else runs."""
    jobs = asked.house.jobs
    if form.get("do") == "stop":
        jobs.stop()
        return Went(path=asked.place("work", job=form.get("job", "")), told="It was stopped; the workspace is as it was.")
    if form.get("do") != COUNT:
        raise FormError("do", "say what is to be done", hint="count, or stop")
    command = [COUNT, *(f"--directive={one}" for one in deciding.directives(asked))]
    job = jobs.start("counting again", command, what=COUNT, before=asked.house.shelf.last())
    return Went(path=asked.place("work", job=job.number))


WORK = Screen(path="work", title="Work", template="work.html.j2", view=view, act=act, in_menu=False)
