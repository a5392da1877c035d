"""Runs an Azure ML entry script behind /score.

One dispatcher process owns the port and all connections; N worker processes each run the script on their main thread,
one request at a time. So health never waits for run(), requests queue in one place, and a worker that crashes or takes
too long costs its own request and nothing else.

    __main__, options         how it is started
    dispatcher                the dispatcher's life: port, signals, exit status
    connection                uvicorn's HTTP, with one write for each answer
    application               which path answers what; bodies, cors, identity, swagger are its parts
    pool, worker_process      the workers as the dispatcher sees them
    messages                  what dispatcher and worker say to each other
    worker                    a worker's life; everything below runs in it
    script, start_failure     finding init() and run() in the entry script, and what is wrong with them
    inputs, answers           from a request to run()'s arguments, and from what it returns to a response
    azureml, flask_context    the azureml modules that scripts import, and the request that those with Flask expect
    redirect, redirect_grpc   connections to localhost:8000 and 8001 go to the service's own Triton
    script_logging, leash     log lines that appear; no worker outlives the dispatcher
"""
