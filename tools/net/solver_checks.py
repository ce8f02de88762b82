"""Values of a solver's fields at which Caffe aborts, or that do nothing here."""

from data_prep.system.errors import InputError

SOLVERS = {"SGD", "Nesterov", "Adam", "AdaGrad", "RMSProp", "AdaDelta"}
WITHOUT_MOMENTUM = {"AdaGrad", "RMSProp"}
LR_POLICIES = {
    "fixed": (),
    "step": ("gamma", "stepsize"),
    "exp": ("gamma",),
    "inv": ("gamma", "power"),
    "multistep": ("gamma", "stepvalue"),
    "poly": ("power",),
    "sigmoid": ("gamma", "stepsize"),
}
LEAST = {"gamma": 0, "stepsize": 1, "max_iter": 1, "iter_size": 1, "average_loss": 1, "rms_decay": 0}
NO_EFFECT = {  # field: why it does nothing here, on either engine
    "average_loss": "log.csv has the mean loss since the row before",
    "debug_info": "nothing is printed of each blob",
    "test_compute_loss": "the validation loss is always taken",
    "test_initialization": "the first validation is after test_interval iterations",
    "device_id": "--device (GPU=) says where to compute",
}


def check_values(solver, path):
    """Raise InputError naming the field of a SolverParameter, read from `path`, that cannot be."""
    check_name(path, "solver type", solver.type, SOLVERS)
    check_name(path, "lr_policy", solver.lr_policy, LR_POLICIES)
    check_name(path, "regularization_type", solver.regularization_type, ("L1", "L2"))
    for field in LR_POLICIES[solver.lr_policy]:
        given = len(solver.stepvalue) if field == "stepvalue" else solver.HasField(field)
        if not given:
            raise InputError(f"{path}: lr_policy {solver.lr_policy!r} needs `{field}`")
    if solver.max_iter < 1 or solver.base_lr <= 0:
        raise InputError(f"{path}: max_iter and base_lr must be positive")
    for field, least in LEAST.items():
        if solver.HasField(field) and getattr(solver, field) < least:
            raise InputError(f"{path}: {field} {getattr(solver, field):g} must be {least} or more")
    if solver.type in WITHOUT_MOMENTUM and solver.momentum:
        raise InputError(f"{path}: momentum cannot be used with the solver type {solver.type}; remove it")
    if solver.type == "RMSProp" and solver.rms_decay >= 1:
        raise InputError(f"{path}: rms_decay {solver.rms_decay:g} must be below 1")


def check_name(path, what, given, known):
    if given not in known:
        raise InputError(f"{path}: unknown {what} {given!r}; known: {', '.join(sorted(known))}")


def without_effect(solver):
    """What to tell of the fields of a solver that do nothing here: a line for each."""
    return [f"{field} has no effect here: {why}" for field, why in NO_EFFECT.items() if solver.HasField(field)]
