# planguard and nothing else: no shell tools added, no compiler, not root. It needs no network to judge a plan:
#
#   docker build -t planguard .
#   docker run --rm --network none --read-only -v "$PWD:/work:ro" planguard check plan.json
FROM python:3.14-slim@sha256:b877e50bd90de10af8d82c57a022fc2e0dc731c5320d762a27986facfc3355c1 AS build
WORKDIR /source
COPY ci/action/requirements.lock ci/action/requirements.lock
RUN python -m venv /opt/planguard \
    && /opt/planguard/bin/pip install --no-cache-dir --only-binary :all: --require-hashes --requirement ci/action/requirements.lock
COPY . .
# Built with what the lock brought along; afterwards nothing in the environment can install anything.
RUN /opt/planguard/bin/pip install --no-cache-dir --no-index --no-deps --no-build-isolation . \
    && /opt/planguard/bin/pip uninstall --yes hatchling trove-classifiers pathspec pluggy packaging pip

FROM python:3.14-slim@sha256:b877e50bd90de10af8d82c57a022fc2e0dc731c5320d762a27986facfc3355c1
COPY --from=build /opt/planguard /opt/planguard
ENV PATH=/opt/planguard/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/opt/planguard/bin/planguard"]
CMD ["--help"]
