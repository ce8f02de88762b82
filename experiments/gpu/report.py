"""What a check found: facts, and claims that hold or not, printed as they come and kept as JSON."""

import json
import time
import traceback


class Report:
    """facts {name: value}, claims {name: bool}, failed {part: error}, seconds {part: seconds}."""

    def __init__(self, path=None):
        self.path, self.started = path, time.time()
        self.facts, self.claims, self.failed, self.seconds = {}, {}, {}, {}

    def say(self, name, value, holds=None):
        """Note a fact; one with `holds`, a bool, is a claim."""
        self.facts[name] = value
        if holds is not None:
            self.claims[name] = bool(holds)
        mark = "     " if holds is None else "OK   " if holds else "FAIL "
        print(f"[{self.spent():6.1f} s] {mark}{name}: {value}", flush=True)
        self.save()

    def run(self, name, part):
        """Run a part of the check; one that breaks is a claim that does not hold, and the next begins."""
        begun = time.time()
        print(f"---- {name}", flush=True)
        try:
            part()
        except Exception as error:
            traceback.print_exc()
            self.failed[name] = f"{type(error).__name__}: {error}"[:500]
            self.say(f"{name} ended with", self.failed[name], False)
        self.seconds[name] = round(time.time() - begun, 1)
        self.save()

    def save(self):
        if self.path:
            self.path.write_text(json.dumps(self.as_json(), indent=1, default=str))

    def spent(self):
        return time.time() - self.started

    def as_json(self):
        return {"facts": self.facts, "claims": self.claims, "failed": self.failed, "seconds": self.seconds}

    def broken(self):
        """The claims that do not hold."""
        return [name for name, holds in self.claims.items() if not holds]
