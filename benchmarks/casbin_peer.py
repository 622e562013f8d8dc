"""The same grants as casbin policies, in the peers' Python: one line a grantee, category, action and purpose.

The idea: casbin matches text and knows no time, no days and no floors, so it answers less of the question.
Lines come as JSON on stdin, with the requests to time.
"""

from __future__ import annotations

import json
import sys
import time

MODEL = """
[request_definition]
r = who, what, action, purpose
[policy_definition]
p = who, what, action, purpose
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.who == p.who && r.what == p.what && r.action == p.action && r.purpose == p.purpose
"""


def main() -> None:
    """Load the lines, time every request and print milliseconds of CPU and the answers."""
    import casbin
    from casbin.model import Model

    given = json.load(sys.stdin)
    model = Model()
    model.load_model_from_text(MODEL)
    enforcer = casbin.Enforcer(model)
    enforcer.add_policies(given["lines"])
    allowed = [enforcer.enforce(*request) for request in given["requests"]]
    took = []
    for _ in range(given["rounds"]):
        began = time.process_time()
        for request in given["requests"]:
            enforcer.enforce(*request)
        took.append(1e3 * (time.process_time() - began))
    print(json.dumps({"allowed": allowed, "ms": took}))


if __name__ == "__main__":
    main()
