"""How long the Action takes, from its first step to the verdict: `python -m bench.action [RESOURCES]`.

Runs the steps of `action.yml` for real, as the tests do: GitHub's API is the fake on loopback, the cache of wheels is
warm, and planguard is installed anew, as in every job of a hosted runner. What GitHub's own actions take (a second or
two to restore 21 MB from the cache, to upload the reports) is not in it. Needs the network once, to fill the cache.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNS = 5


def main() -> int:
    """Print the seconds of every step: the median of the runs."""
    sys.path.insert(0, str(ROOT / "tests"))
    from action_runner import Job
    from action_stage import base_environment, copied
    from fakegithub import FakeGitHub

    number = sys.argv[1] if len(sys.argv) > 1 else "1000"
    with tempfile.TemporaryDirectory() as directory, FakeGitHub.start(check=False) as hub:
        top = Path(directory)
        (top / "action").mkdir()
        action, plan = copied(top / "action"), top / "plan.json"
        subprocess.run([sys.executable, "-m", "bench.gen_plans", number, plan], cwd=ROOT, check=True, stdout=sys.stderr)
        repo = hub.repo("acme/infra", files={"planguard.yml": "version: 1\nconsent: {evidence: {store: none}}\n"})
        pull = repo.pull("dana", {"main.tf": "# less\n"})
        taken: list[dict[str, float]] = []
        for run in range(RUNS + 1):
            job = Job(top / f"job{run}", cache=top / "cache")
            (job.workspace / "plan.json").write_bytes(plan.read_bytes())
            (job.temporary / "event.json").write_text(json.dumps(hub.payload(pull, "synchronize")))
            env = {**base_environment(), **hub.env(repo), "GITHUB_EVENT_NAME": "pull_request"}
            env["GITHUB_EVENT_PATH"] = str(job.temporary / "event.json")
            began, worked = time.perf_counter(), _worked()
            ended = job.use(action, {"plan": "plan.json"}, env, github={"token": hub.token()})
            whole = {"all": time.perf_counter() - began, "all, processor": _worked() - worked}
            assert ended.outputs["exit-code"] == "10", ended.log
            taken.append({step.name: step.seconds for step in ended.steps if step.ran} | whole)
        print(
            f"{number} resources, {plan.stat().st_size / 1e6:.1f} MB; cold, then the median of {RUNS} with a warm cache"
        )
        for name in taken[0]:
            warm = sorted(run[name] for run in taken[1:])[RUNS // 2]
            print(f"{name:22} {taken[0][name]:6.2f} s {warm:6.2f} s")
    return 0


def _worked() -> float:
    """Of the steps alone, whatever else this machine does."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
