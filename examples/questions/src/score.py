"""Entry script: takes a text and a question as JSON, asks Triton where the answer stands, and returns it.

{"context": "The mill was built in 1690.", "query": "When was it built?"} -> {"answer": "1690"}
"""

import json

import tritonhttpclient
from azureml.contrib.services.aml_response import AMLResponse
from words import spans, tensors

MODEL = "questions"


def init():
    global triton, inputs, outputs
    triton = tritonhttpclient.InferenceServerClient("localhost:8000")
    metadata = triton.get_model_metadata(MODEL)
    inputs, outputs = metadata["inputs"], metadata["outputs"]


def run(raw_data):
    try:
        asked = json.loads(raw_data)
        context, query = asked["context"], asked["query"]
        named = tensors(context, query)
    except (ValueError, KeyError, TypeError):
        return AMLResponse('send {"context": "a text", "query": "a question"}', 400)
    if not all(len(words) for words in named.values()):
        return AMLResponse("context and query must have words", 400)

    given = []
    for tensor in inputs:
        words = named[tensor["name"]]
        given.append(tritonhttpclient.InferInput(tensor["name"], list(words.shape), tensor["datatype"]))
        given[-1].set_data_from_numpy(words, binary_data=False)
    wanted = [tritonhttpclient.InferRequestedOutput(tensor["name"], binary_data=False) for tensor in outputs]
    answer = triton.infer(MODEL, given, outputs=wanted)

    places = spans(context)
    first, last = (int(answer.as_numpy(name)[0]) for name in ("start_pos", "end_pos"))  # both are part of the answer
    return {"answer": context[places[first][0] : places[last][1]]}
