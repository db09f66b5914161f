# Dateline in a container: nobody's rights, a root file system that may be read-only, all packages by hash.
FROM python:3.12-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements-image.lock ./
RUN python -m venv /opt/dateline \
 && /opt/dateline/bin/pip install --require-hashes --no-deps -r requirements-image.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY config ./config
COPY prompts ./prompts
RUN /opt/dateline/bin/pip install --no-deps --no-build-isolation . \
 && /opt/dateline/bin/pip uninstall --yes hatchling trove-classifiers pathspec pluggy

FROM python:3.12-slim-bookworm
RUN groupadd --gid 10001 dateline \
 && useradd --uid 10001 --gid dateline --no-create-home --home-dir /data --shell /usr/sbin/nologin dateline \
 && install -d -o dateline -g dateline /data
COPY --from=build /opt/dateline /opt/dateline
ENV PATH=/opt/dateline/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATELINE_DATA=/data \
    DATELINE_CONFIG=/etc/dateline/config \
    DATELINE_PROMPTS=/etc/dateline/prompts \
    DATELINE_METRICS=127.0.0.1:9464
WORKDIR /data
USER 10001:10001
VOLUME /data
# It asks the process itself, over loopback: whether its loop turns, plans are made and the queue is looked into.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:9464/healthz', timeout=4)"]
ENTRYPOINT ["dateline"]
CMD ["run"]
