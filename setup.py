"""ddbmock's metadata: what it is, what it needs, and what each extra adds."""

from setuptools import find_packages, setup

setup(
    name="ddbmock",
    version="2.0.0.dev0",
    description="DynamoDB for tests and development, in Python: in-process and over the network",
    packages=find_packages(include=["ddbmock", "ddbmock.*"]),
    package_data={"ddbmock": ["py.typed"]},
    python_requires=">=3.10",
    install_requires=["orjson>=3.10"],
    extras_require={
        "server": ["pyramid>=2.1,<3", "waitress>=3"],
        "boto": ["boto==2.49.0"],
        "boto3": ["boto3>=1.35"],
        "aio": ["aiobotocore>=2.13"],
        "postgresql": ["psycopg[binary,pool]>=3.2"],
    },
    entry_points={"paste.app_factory": ["main = ddbmock:main"]},
)
