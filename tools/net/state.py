"""Which layers of a net Caffe builds: phase, level and stages of the net's state, against the layers' rules.

Everything else here sees nets whose rules are reduced to the two phases, by `reduced`, which `load_net` applies.
"""

from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.fields import fail

PHASES = (caffe_pb2.TRAIN, caffe_pb2.TEST)


def builds(layer, state):
    """Whether Caffe builds `layer` in a NetState. Raises InputError for a layer with both kinds of rules, as Caffe."""
    if layer.include and layer.exclude:
        fail(layer, "has both include and exclude rules, which Caffe does not take; keep one kind")
    if layer.include:
        return any(meets(state, rule) for rule in layer.include)
    return not any(meets(state, rule) for rule in layer.exclude)


def meets(state, rule):
    """Whether a NetState meets a NetStateRule."""
    if rule.HasField("phase") and rule.phase != state.phase:
        return False
    if rule.HasField("min_level") and state.level < rule.min_level:
        return False
    if rule.HasField("max_level") and state.level > rule.max_level:
        return False
    stages = set(state.stage)
    return stages.issuperset(rule.stage) and not stages.intersection(rule.not_stage)


def in_phase(layer, phase):
    """Whether Caffe builds `layer` of a reduced net in `phase` (caffe_pb2.TRAIN or TEST)."""
    return builds(layer, caffe_pb2.NetState(phase=phase))


def reduced(net, solver=None):
    """A copy of `net` with the layers that either phase builds; no rule is left but on the phase, and no state.

    solver  the SolverParameter that trains it: its train_state and test_state count, as in Caffe
    Raises InputError for a phase in a state, and for several test states.
    """
    states = {phase: net_state(net, phase, solver) for phase in PHASES}
    copy = caffe_pb2.NetParameter()
    copy.CopyFrom(net)
    copy.ClearField("state")
    del copy.layer[:]
    for layer in net.layer:
        phases = [phase for phase in PHASES if builds(layer, states[phase])]
        if not phases:
            continue
        kept = copy.layer.add()
        kept.CopyFrom(layer)
        del kept.include[:], kept.exclude[:]
        if len(phases) < len(PHASES):
            kept.include.add(phase=phases[0])
    return copy


def net_state(net, phase, solver=None):
    """The NetState in which Caffe's solver builds `net` for training or testing; without solver, what pycaffe builds.

    A state of the solver counts over that of the net; stages add up.
    """
    own = [("state of the net", net.state)] if net.HasField("state") else []
    if solver is not None and phase == caffe_pb2.TRAIN and solver.HasField("train_state"):
        own.append(("train_state of the solver", solver.train_state))
    if solver is not None and phase == caffe_pb2.TEST:
        if len(solver.test_state) > 1:
            raise InputError(f"test_state is given {len(solver.test_state)} times; here a solver has one test net")
        own += [("test_state of the solver", state) for state in solver.test_state]
    state = caffe_pb2.NetState()
    for name, given in own:
        if solver is not None and given.HasField("phase"):
            raise InputError(f"{name}: it names a phase, which would build the wrong layers; leave the phase out")
        state.MergeFrom(given)
    state.phase = phase
    return state


def without_states(solver):
    """A copy of a SolverParameter for a net that is `reduced`."""
    copy = caffe_pb2.SolverParameter()
    copy.CopyFrom(solver)
    copy.ClearField("train_state")
    copy.ClearField("test_state")
    return copy
