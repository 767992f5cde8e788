"""Whatever anybody sends to any route, within its schema or against it, is no fault of the server."""

import schemathesis
from fastapi.openapi.utils import get_openapi
from hypothesis import given, settings

from tiledraw.serving.images import images_routes
from tiledraw.serving.limits import Limits
from tiledraw.serving.page import page_routes

EXAMPLES = 8  # requests of each operation


def schema_of(studio):
    """The schema of all routes, those of the page, too."""
    routes = [*page_routes(studio, None).routes, *images_routes(studio).routes]
    for route in routes:
        route.include_in_schema = True
    return schemathesis.openapi.from_dict(get_openapi(title="all", version="1", routes=routes))


def probe(operation, address, examples=EXAMPLES):
    """Asks for one operation in many ways."""

    @settings(max_examples=examples, database=None)
    @given(operation.as_strategy())
    def ask(case):
        answer = case.call(base_url=address)
        is_fine = answer.status_code < 500 and "internal_error" not in answer.text  # which a stream says in an event
        assert is_fine, f"{operation.label}: {answer.text[:300]}"

    ask()


def test_no_request_is_a_fault_of_the_server(painter, run_server, tmp_path):
    with run_server(painter, tmp_path, Limits(side=64, pictures=2, grace=5)) as (address, studio):
        operations = [found.ok() for found in schema_of(studio).get_all_operations()]
        assert len(operations) >= 15
        for operation in operations:
            probe(operation, address)
