"""Scripts that ask azureml.core where their model is."""

from pathlib import Path

import pytest
from parts.scoring_server import DISTRIBUTION, Serve

IMPORTS = {
    "package": "from azureml.core import Model",
    "module": "from azureml.core.model import Model",
    "import as": "import azureml.core.model as m; Model = m.Model",
}
SCRIPT = """
def init(): pass
def run(data):
    try:
        return Model.get_model_path("bidaf-9-tutorial")
    except FileNotFoundError as error:
        return str(error)
"""


@pytest.mark.parametrize("imports", IMPORTS)
def test_the_path_is_that_of_the_registered_folder(serve: Serve, tmp_path: Path, imports: str) -> None:
    (tmp_path / "version/models/triton").mkdir(parents=True)
    server = serve(f"{IMPORTS[imports]}\n{SCRIPT}", f"--model_dir={tmp_path / 'version'}")
    assert server.score(1).json() == str(tmp_path / "version/models")


def test_a_service_without_a_model_says_so(serve: Serve, tmp_path: Path) -> None:
    server = serve(f"{IMPORTS['package']}\n{SCRIPT}", f"--model_dir={tmp_path / 'none'}")
    assert server.score(1).json() == (
        f"bidaf-9-tutorial has no path: AZUREML_MODEL_DIR is '{tmp_path}/none', which holds no model"
    )


def test_where_azureml_core_is_installed_it_is_what_a_script_imports(serve: Serve, tmp_path: Path) -> None:
    package = tmp_path / "packages/azureml/core"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("class Model:\n    get_model_path = 'the real one'.format\n")
    (package.parent / "__init__.py").write_text("")
    server = serve(
        f"{IMPORTS['package']}\nfrom azureml.contrib.services.aml_request import rawhttp\n{SCRIPT}",
        environment={"PYTHONPATH": f"{DISTRIBUTION}:{tmp_path / 'packages'}"},
    )
    assert server.score(1).json() == "the real one"
