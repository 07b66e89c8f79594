import bentoml


@bentoml.service
class Bench:
    @bentoml.api
    def healthz(self) -> str:
        return "ok"
