# syntax=docker/dockerfile:1
# The image of gitopsd: built from locks with hashes, runs as nobody in particular on a read-only file system.
#
#   docker build -t gitopsd .
#   docker run --rm --read-only --tmpfs /tmp -v gitopsd-cache:/var/cache/gitopsd gitopsd --help
#
# kustomize and helm are not in it: docs/operating.md says how to add them.
# Packages come from wherever pip on the building machine is told to take them. Writable are only /tmp and the cache, whose
# loss costs time and nothing else. CI runs these steps in a plain folder (.ci/image_steps.py).
ARG PYTHON=docker.io/library/python:3.11-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /build
COPY .ci/build.lock .ci/runtime.lock ./
RUN python -m venv /opt/builder && /opt/builder/bin/pip install --no-cache-dir --require-hashes -r build.lock
RUN python -m venv --without-pip /opt/gitopsd \
 && /opt/builder/bin/pip --python /opt/gitopsd/bin/python install --no-cache-dir --no-compile --only-binary :all: --require-hashes -r runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY gitopsd ./gitopsd
COPY schema ./schema
COPY example-repo ./example-repo
RUN /opt/builder/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation -w dist . \
 && /opt/builder/bin/pip --python /opt/gitopsd/bin/python install --no-index --no-deps --no-compile dist/gitopsd-*.whl \
 && /opt/gitopsd/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/gitopsd/lib

FROM ${PYTHON}
LABEL org.opencontainers.image.title="gitopsd" \
      org.opencontainers.image.description="Karmada's multi-cluster brain with a git repository as its control plane" \
      org.opencontainers.image.licenses="Apache-2.0"
# What `--verify` asks: gpg and ssh-keygen.
RUN apt-get update && apt-get install -y --no-install-recommends gpg openssh-client && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/gitopsd /opt/gitopsd
RUN mkdir -p -m 1777 /var/cache/gitopsd
ENV PATH=/opt/gitopsd/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    HOME=/tmp GITOPSD_CACHE=/var/cache/gitopsd
VOLUME /var/cache/gitopsd
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["gitopsd"]
CMD ["run", "--listen=0.0.0.0:8080"]
