"""The same federations on Flower's simulation, where ``pip install 'medfuse-course[federated]'`` has put it.

Flower brings servers, connections and many strategies; here its `FedAvg` and `FedProx` average what the centers of
`training.federated` send, each in a process of its own. Its telemetry, and that of Ray below it, is switched off.
"""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from medfuse_course.core.device import own_randomness
from medfuse_course.core.profile import Profile
from medfuse_course.training.federated import Client, Strategy, Tensors, visit
from medfuse_course.training.recipe import Recipe


def federate_with_flower(
    recipe: Recipe,
    clients: Sequence[Client],
    rounds: int,
    strategy: Strategy | None = None,
    *,
    seed: int | None = None,
    profile: Profile | None = None,
) -> list[Tensors]:
    """What `federate` shares after each round, by Flower's simulation of a server and its clients.

    Parameters
    ----------
    recipe, clients, rounds, strategy, seed, profile
        As `training.federated.federate` takes them; clipping and noise are not asked of Flower.

    Returns
    -------
    The shared tensors after each round. Flower adds in float32, so they differ in the last digits.

    Raises
    ------
    ImportError
        Flower is not installed.
    ValueError
        The strategy clips.
    """
    os.environ["FLWR_TELEMETRY_ENABLED"] = os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        from flwr.client import ClientApp
        from flwr.server import ServerApp
        from flwr.simulation import run_simulation
    except ImportError as error:
        raise ImportError("flower: not installed; pip install 'medfuse-course[federated]', in its own venv") from error
    plan = strategy or Strategy()
    if plan.clip is not None:
        raise ValueError("strategy: expected one without clip, which only `federate` does")
    seed = recipe.seed if seed is None else seed
    with own_randomness(seed):
        begin = recipe.build()
    stays = plan.stays(begin)
    whole = {name: tensor.clone() for name, tensor in begin.state_dict().items()}
    shared = {name: tensor for name, tensor in whole.items() if name not in stays}
    told: list[Tensors] = []
    client = ClientApp(client_fn=_center_of(recipe, tuple(clients), plan, whole, tuple(shared), seed, profile))
    server = ServerApp(server_fn=_server_of(shared, len(clients), rounds, plan, told))
    run_simulation(server, client, len(clients), backend_config={"client_resources": {"num_cpus": 1, "num_gpus": 0.0}})
    return told


def _center_of(
    recipe: Recipe, clients: Sequence[Client], plan: Strategy, whole: Tensors, sent: Sequence[str], seed: int,
    profile: Profile | None,
) -> Any:  # fmt: skip
    """Flower's maker of clients: each is `visit`, and what stays at home is kept in the state of its node."""
    from flwr.client import NumPyClient
    from flwr.common import ArrayRecord

    class Center(NumPyClient):  # type: ignore[misc]
        def __init__(self, context: Any) -> None:
            self.context, self.own = context, clients[int(context.node_config["partition-id"])]

        def fit(self, parameters: list[Any], config: dict[str, Any]) -> tuple[list[Any], int, dict[str, Any]]:
            torch.set_num_threads(1)
            kept = self.context.state.array_records.get("own")
            mine = kept.to_numpy_ndarrays() if kept else [tensor.numpy() for tensor in whole.values()]
            start = _typed(dict(zip(whole, mine, strict=True)) | dict(zip(sent, parameters, strict=True)), whole)
            state = visit(recipe, self.own, start, int(config["round"]), plan, seed, profile)
            arrays = {name: state[name].numpy() for name in whole}
            self.context.state.array_records["own"] = ArrayRecord(list(arrays.values()))
            return [arrays[name] for name in sent], int(self.own.cases), {}

    return lambda context: Center(context).to_client()


def _server_of(shared: Tensors, clients: int, rounds: int, plan: Strategy, told: list[Tensors]) -> Any:
    """Flower's maker of the server, which writes into `told` what all share after each round."""
    from flwr.common import ndarrays_to_parameters
    from flwr.server import ServerAppComponents, ServerConfig
    from flwr.server.strategy import FedAvg, FedProx

    def note(number: int, arrays: list[Any], config: dict[str, Any]) -> None:
        if number:
            told.append(_typed(dict(zip(shared, arrays, strict=True)), shared))

    settings: dict[str, Any] = {
        "fraction_fit": 1.0, "fraction_evaluate": 0.0, "min_fit_clients": clients, "min_available_clients": clients,
        "initial_parameters": ndarrays_to_parameters([tensor.numpy() for tensor in shared.values()]),
        "on_fit_config_fn": lambda number: {"round": number - 1}, "evaluate_fn": note,
    }  # fmt: skip
    chosen = FedProx(proximal_mu=plan.proximal, **settings) if plan.proximal else FedAvg(**settings)
    chosen.inplace = False  # in place, shares of a counter of batches are cut off to 0
    return lambda context: ServerAppComponents(strategy=chosen, config=ServerConfig(num_rounds=rounds))


def _typed(arrays: dict[str, Any], like: Tensors) -> Tensors:
    """Arrays as tensors of the types in `like`; Flower's mean of whole numbers has a fraction, which is rounded."""
    values = ((name, np.asarray(array), like[name].dtype) for name, array in arrays.items())
    return {name: torch.from_numpy(np.array(a if t.is_floating_point else np.rint(a))).to(t) for name, a, t in values}
