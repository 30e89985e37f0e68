"""The application: addresses, what each of them answers, and what every answer carries."""

from __future__ import annotations

import json
import logging
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from flask import Flask, Response, request
from pygeoapi.api import APIRequest, describe_collections, get_collection_schema, landing_page
from pygeoapi.api.itemtypes import (
    get_collection_item,
    get_collection_items,
    get_collection_queryables,
)
from pygeoapi.api.processes import describe_processes, execute_process
from werkzeug.datastructures import MultiDict

from dezone.serve.checking import (
    NOTICES,
    check_many,
    notices,
    read_body,
    read_one,
    write_body,
)
from dezone.serve.limits import Limits, Rates
from dezone.serve.ogc import REPORT, Zones, configuration, conformance, without_dead_links
from dezone.serve.openapi import describe
from dezone.serve.problems import (
    MEDIA_TYPE,
    ProblemAPI,
    RequestError,
    answer_problems,
)
from dezone.serve.query import check_query
from dezone.serve.together import Together
from geodata.atlas import Atlas
from geodata.findings import Log, Severity
from zones.incident import read_question
from zones.record import software

_NOTHING_FROM_ELSEWHERE = "default-src 'none'; style-src 'unsafe-inline'"


def make_app(atlas: Atlas, url: str, limits: Limits | None = None) -> Flask:
    """Return the WSGI application that answers for an atlas.

    Parameters
    ----------
    atlas
        What is known.
    url
        The address at which it is reached, without a final slash: part of its links.
    limits
        Of bodies and rates.
    """
    limits = limits or Limits()
    app = Flask("dezone.serve", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = limits.body_bytes
    answer_problems(app)
    rates = Rates(limits.requests_a_second)

    @app.before_request
    def limit() -> None:
        if request.path != "/health":
            rates.spend(request.remote_addr or "")

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = f"Content-Crs, Link, {NOTICES}"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET")
            response.headers["Access-Control-Allow-Headers"] = "Content-Type, Accept"
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.pop("X-Powered-By", None)
        return response

    _add_checks(app, atlas)
    _add_ogc(app, atlas, url)
    return app


def _add_checks(app: Flask, atlas: Atlas) -> None:
    page, together = _checker_page(atlas), Together()
    # The index is made before there are more processes, which share its memory then.
    read_question(atlas, {}).assessor.classes  # noqa: B018  (made when first looked at)
    version = {
        "software": software(),
        "atlas": atlas.meta.id,
        "atlas_version": atlas.version,
        "atlas_sha256": atlas.sha256,
    }

    @app.get("/")
    def index() -> Response:
        return Response(page, content_type="text/html; charset=utf-8")

    @app.get("/health")
    def health() -> Response:
        return _json({"status": "ok"})

    @app.get("/version")
    def tell_version() -> Response:
        return _json(version)

    @app.get("/check")
    def check() -> Response:
        record = together.answer(read_one(atlas, _once(request.args)))
        return Response(msgspec.json.encode(record), content_type="application/json")

    @app.post("/check")
    def check_all() -> Response:
        given = _once(request.args)
        media_type = request.mimetype or "application/json"
        body = request.get_data(cache=False)
        rows, is_collection = read_body(body, media_type)
        log = Log()
        records = check_many(atlas, rows, given, log)
        content, kind = write_body(records, media_type, is_collection)
        found = Response(content, content_type=kind)
        if log.kinds(Severity.WARNING):
            found.headers[NOTICES] = json.dumps(notices(log))
        return found


def _once(given: MultiDict[str, str]) -> dict[str, str]:
    twice = [name for name in given if len(given.getlist(name)) > 1]
    if twice:
        raise RequestError(400, f"expected each parameter once, found {twice[0][:80]!r} twice.")
    return given.to_dict()


def _json(value: Any) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), content_type="application/json")


def _checker_page(atlas: Atlas) -> bytes:
    """Return the page of the checker, which answers in the browser."""
    from maps import write_checker

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.html"
        write_checker(atlas, path)
        return path.read_bytes()


# -- OGC API Features and Processes ---------------------------------------------------------


def _add_ogc(app: Flask, atlas: Atlas, url: str) -> None:
    """Add pygeoapi's addresses, all below /ogc."""
    folder = str(atlas.folder) if isinstance(atlas.folder, Path) else ""
    document = describe(atlas, url)
    logging.getLogger("pygeoapi").setLevel(logging.CRITICAL + 1)  # it would log what is asked
    api = ProblemAPI(configuration(atlas, folder, f"{url}/ogc"), document)

    def answer(work: Callable[..., Any], *names: str) -> Response:
        asked = APIRequest.from_flask(request, api.locales)
        if not asked.is_valid():
            headers, status, content = api.get_format_exception(asked)
        else:
            headers, status, content = work(api, asked, *names)
        if int(status) >= 400 and headers.get("Content-Type") != MEDIA_TYPE:  # of a process
            said = str(json.loads(content)["description"])
            raise RequestError(int(status), said.removeprefix("Error executing process: "))
        found = Response(content, status, headers)
        if found.mimetype == "text/html" and work is not execute_process:  # a report has its own
            found.headers["Content-Security-Policy"] = _NOTHING_FROM_ELSEWHERE
        return found

    @app.get("/openapi")
    def openapi() -> Response:
        found = _json(document)
        found.content_type = "application/vnd.oai.openapi+json;version=3.0"
        return found

    app.add_url_rule("/ogc/openapi", "ogc_openapi", openapi)
    app.add_url_rule(
        "/ogc/", "ogc", lambda: answer(without_dead_links(landing_page)), strict_slashes=False
    )
    app.add_url_rule("/ogc/conformance", "conformance", lambda: answer(conformance))
    app.add_url_rule("/ogc/collections", "collections", lambda: answer(describe_collections))
    fields = Zones(api.config["resources"]["zones"]["providers"][0]).get_fields()

    def items(api: ProblemAPI, asked: APIRequest, collection: str) -> Any:
        check_query(atlas, _once(request.args), fields)
        return get_collection_items(api, asked, collection)

    described = without_dead_links(describe_processes)
    one = "/ogc/collections/<collection>"
    for rule, work in (
        (one, describe_collections),
        (f"{one}/queryables", get_collection_queryables),
        (f"{one}/schema", get_collection_schema),
        (f"{one}/items", items),
        (f"{one}/items/<item>", get_collection_item),
        ("/ogc/processes", described),
        ("/ogc/processes/<process>", described),
    ):
        app.add_url_rule(rule, rule, lambda work=work, **names: answer(work, *names.values()))
    _add_execution(app, answer)


def _add_execution(app: Flask, answer: Callable[..., Response]) -> None:
    one_report = threading.Lock()

    @app.post("/ogc/processes/<process>/execution")
    def execution(process: str) -> Response:
        _check_execution(request.get_data())
        if process != REPORT["id"]:
            return answer(execute_process, process)
        # A report takes seconds: several at a time would leave none for a check.
        if not one_report.acquire(blocking=False):
            raise RequestError(
                503, "expected one report at a time, found another in progress; ask again soon."
            )
        try:
            return answer(execute_process, process)
        finally:
            one_report.release()


def _check_execution(body: bytes) -> None:
    """Refuse what would make pygeoapi call another address, or fail."""
    try:
        asked = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(
            400, f"expected JSON in UTF-8, found none ({error}); correct it."
        ) from error
    if not isinstance(asked, dict) or not isinstance(asked.get("inputs"), dict):
        raise RequestError(
            400, "expected an object with inputs, found another; see /ogc/processes."
        )
    if asked.get("subscriber") is not None:
        raise RequestError(
            400, "expected no subscriber, found one; no address is called: wait for the answer."
        )
