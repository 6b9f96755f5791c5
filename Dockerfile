# ddbmock's server: docker build --tag ddbmock . && docker run --rm --publish 8000:8000 ddbmock
# Settings are variables: --env DDBMOCK_DELAY_CREATING=0.5

FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml setup.py README.rst LICENSE ./
COPY ddbmock ddbmock
RUN python -m venv /opt/ddbmock \
    && /opt/ddbmock/bin/pip install --no-cache-dir '.[server,cli,yaml,postgresql]'

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --create-home ddbmock
COPY --from=build /opt/ddbmock /opt/ddbmock
ENV PATH=/opt/ddbmock/bin:$PATH \
    DDBMOCK_HOST=0.0.0.0 \
    DDBMOCK_PORT=8000 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONWARNINGS="ignore:pkg_resources is deprecated as an API:UserWarning"
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=5 \
    CMD ["python", "-m", "ddbmock.cli.healthy", "http://127.0.0.1:8000"]
ENTRYPOINT ["ddbmock"]
CMD ["serve", "--storage", "sqlite:////data/ddbmock.db"]
