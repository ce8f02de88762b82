"""All nets of the zoo."""

from tests.zoo.architectures import ARCHITECTURES
from tests.zoo.axes import AXES
from tests.zoo.elementwise import ELEMENTWISE
from tests.zoo.losses import LOSSES
from tests.zoo.normalization import NORMALIZATION
from tests.zoo.rules import RULES
from tests.zoo.windows import WINDOWS

ZOO = {**WINDOWS, **ELEMENTWISE, **NORMALIZATION, **AXES, **LOSSES, **ARCHITECTURES, **RULES}  # {name: ZooNet}
