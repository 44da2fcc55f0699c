# Answers requests, one JSON object a line, until its input ends. What libraries print goes to stderr.

import json
import os
import sys
import traceback

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def serve(operations):
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"value": operations[request.pop("operation")](**request)}
        except Exception as error:
            answer = {"error": "".join(traceback.format_exception_only(error))[:4000]}
        print(json.dumps(answer, default=str), file=answers, flush=True)
