"""A plan spread over several workers of Ray is the one that a single thread makes, bit for bit."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import ray
from rich.console import Console

from rejoinder.ads.planner.chunks import write_chunk
from rejoinder.ads.planner.cluster import on_ray
from rejoinder.ads.planner.desk import in_threads
from rejoinder.ads.planner.plan import Plan, deliver
from rejoinder.ads.planner.population import write_budgets
from rejoinder.ads.planner.problem import ProblemError
from rejoinder.ads.planner.solver import solve
from rejoinder.server.planning import plan_and_print
from tests.support.planner import Instance, random_instance

CHUNKS = 5


@pytest.fixture(scope="module")
def _ray(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_AUTH_MODE", "disabled")  # writes no token into the home folder
        ray.init(
            num_cpus=3,
            include_dashboard=False,
            log_to_driver=False,
            object_store_memory=100 * 2**20,
            _temp_dir=str(tmp_path_factory.getbasetemp()),
        )
        yield
        ray.shutdown()


@pytest.fixture(scope="module")
def instance() -> Instance:
    return random_instance(4, people_count=2_000, places_max=3)


@pytest.fixture(scope="module")
def paths(instance: Instance, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("town")
    paths = [folder / f"{number}.chunk" for number in range(CHUNKS)]
    for chunk, path in zip(instance.chunks(CHUNKS), paths, strict=True):
        write_chunk(chunk, path)
    return paths


def everything(plan: Plan) -> list[object]:
    return [
        *(one.tolist() for one in plan.prices),
        *(plan.deliveries.tolist(), plan.value, plan.bound, plan.rounding_micros),
        [one.bound for one in plan.log],
        [[bucket.tolist() for bucket in choice] for choice in plan.choices],
    ]


@pytest.mark.usefixtures("_ray")
def test_a_plan_is_the_same_wherever_it_is_made(instance: Instance, paths: list[Path]) -> None:
    """One test, because a cluster takes long to start: two workers, three, the command, and what cannot be spread."""
    alone = in_threads(instance.chunks(CHUNKS), instance.step)
    here = solve(instance.budgets, alone, value_max=instance.value_max)
    wanted = everything(deliver(instance.budgets, alone, here, salt=instance.salt))
    for workers in (2, 3):
        cluster = on_ray(paths, instance.step, workers=workers)
        assert len(cluster.workers) == workers
        spread = solve(instance.budgets, cluster, value_max=instance.value_max)
        assert everything(deliver(instance.budgets, cluster, spread, salt=instance.salt)) == wanted
        del cluster  # its workers hold their processors as long as it is there

    write_budgets(paths[0].parent, instance.budgets, instance.value_max, instance.salt)
    said = io.StringIO()
    told, asked = (
        plan_and_print([paths[0].parent], Console(file=said), threads=1, passes_max=50, workers=workers, sample_lots=64)
        for workers in (2, None)
    )
    assert everything(told) == everything(asked)
    assert "(files: 5, workers of Ray: 2)" in said.getvalue()

    with pytest.raises(ProblemError, match="4 workers of Ray need a processor each, and there are 3"):
        on_ray(paths, instance.step, workers=4)
    broken = on_ray([paths[0], paths[0].with_name("gone.chunk")], instance.step, workers=1)
    with pytest.raises(ProblemError, match=r"gone\.chunk"):
        solve(instance.budgets, broken, value_max=instance.value_max)
