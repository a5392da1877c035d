"""What the script prints, logs and raises is in the server's log."""

import pytest
from parts.scoring_server import Serve


def test_what_the_script_prints_and_logs_appears(serve: Serve) -> None:
    server = serve(
        """
        import logging, sys
        def init():
            print("printed")
            print("complained", file=sys.stderr)
            logging.info("logged by the root")
            logging.getLogger("own").info("logged by its own")
        def run(data): pass
        """
    )
    for text in "^printed", "^complained", "INFO .* root: logged by the root", "INFO .* own: logged by its own":
        server.logged(f"(?m){text}")


def test_the_script_may_configure_its_logging_itself(serve: Serve) -> None:
    server = serve(
        """
        import logging
        logging.basicConfig(level=logging.DEBUG, format="mine %(message)s")
        def init(): logging.debug("detail")
        def run(data): pass
        """
    )
    server.logged(r"(?m)^mine detail$")


@pytest.mark.parametrize(
    "configured",
    [
        "logging.basicConfig(level=logging.CRITICAL)",
        "logging.config.dictConfig({'version': 1, 'handlers': {'own': {'class': 'logging.StreamHandler'}},"
        " 'root': {'handlers': ['own']}})",
    ],
    ids=["critical only", "dictConfig"],
)
def test_what_run_raises_is_logged_however_the_script_configures_its_logging(serve: Serve, configured: str) -> None:
    server = serve(f"import logging.config\ndef init(): {configured}\ndef run(data): raise ValueError('the cause')")
    assert server.score(1).status == 500
    server.logged("(?m)^ValueError: the cause$")
