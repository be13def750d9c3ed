# One image for `ghapp web`, `ghapp worker` and `ghapp clock`; without a command it is the receiver.
FROM python:3.12-slim AS build
WORKDIR /build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/ghapp && python -m venv /opt/tools
# Before our own code, so that a change of it does not install everything again.
COPY requirements.txt requirements-dev.txt ./
RUN /opt/ghapp/bin/pip install --require-hashes --no-deps -r requirements.txt
# What builds our package is pinned among the developers' tools; they stay in this stage.
RUN /opt/tools/bin/pip install --require-hashes --no-deps -r requirements-dev.txt
COPY pyproject.toml README.md LICENSE app.yml ./
COPY ghapp ghapp
COPY analysis analysis
COPY templates templates
RUN /opt/tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/ghapp/bin/pip install --no-deps dist/*.whl

FROM python:3.12-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/* \
    && install --directory --mode=700 --owner=10001 --group=10001 /var/lib/ghapp
COPY --from=build /opt/ghapp /opt/ghapp
# The system's certificates, where your own authority's can be added. Under the state directory workers need room for a
# clone at a time.
ENV PATH=/opt/ghapp/bin:$PATH PYTHONUNBUFFERED=1 PORT=3000 GHAPP_STATE_DIR=/var/lib/ghapp SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
# By number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /opt/ghapp
EXPOSE 3000
STOPSIGNAL SIGTERM
# For the receiver; compose.yaml and Kubernetes have their own for the other two.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=2)"]
ENTRYPOINT ["ghapp"]
CMD ["web"]
