"""The service described for tools: Swagger 2, as azmlinfsrv writes it for scripts without a schema."""

from typing import Any

VERSIONS = ("2", "2.0")


def swagger(name: str, version: str, path_prefix: str) -> dict[str, Any]:
    prefix = f"/{path_prefix}" if path_prefix else ""
    failure = {
        "description": "The service failed to execute due to an error.",
        "schema": {"$ref": "#/definitions/ErrorResponse"},
    }
    anything = {"type": "object", "additionalProperties": {"type": "object"}}
    return {
        "swagger": "2.0",
        "info": {"title": name, "description": f"API specification for the service {name}", "version": version},
        "schemes": ["https", "http"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": {
            "Bearer": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "description": "For example: Bearer abc123",
            }
        },
        "paths": {
            f"{prefix}/": {
                "get": {
                    "operationId": "ServiceHealthCheck",
                    "description": "Simple health check endpoint to ensure the service is up at any given point.",
                    "responses": {
                        "200": {
                            "description": "The service is up; the content is 'Healthy'.",
                            "schema": {"type": "string"},
                            "examples": {"application/json": "Healthy"},
                        },
                        "default": failure,
                    },
                }
            },
            f"{prefix}/score": {
                "post": {
                    "operationId": "RunMLService",
                    "description": "Run web service's model and get the prediction output",
                    "security": [{"Bearer": []}],
                    "parameters": [
                        {
                            "name": "serviceInputPayload",
                            "in": "body",
                            "description": "The input payload for executing the real-time machine learning service.",
                            "schema": {"$ref": "#/definitions/ServiceInput"},
                        }
                    ],
                    "responses": {
                        "200": {
                            "description": "The service processed the input correctly and provided a result.",
                            "schema": {"$ref": "#/definitions/ServiceOutput"},
                        },
                        "default": failure,
                    },
                }
            },
        },
        "definitions": {
            "ServiceInput": anything,
            "ServiceOutput": anything,
            "ErrorResponse": {"type": "object", "properties": {"message": {"type": "string"}}},
        },
    }
