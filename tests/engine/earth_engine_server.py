"""A stand-in for Earth Engine on loopback: speaks its REST protocol to the unchanged client, and is told how to fail.

It does not compute expressions: whatever image is asked for, it answers from a local raster, the bands that the
expression selects last, on the grid of the request. Masked pixels are written as Earth Engine writes them: as what
the expression's last `unmask` says, else 0.
"""

from __future__ import annotations

import base64
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import ee
import numpy as np
from affine import Affine
from rasterio.crs import CRS

SHIPPED = Path(ee.__file__).parent / "tests"
TOKEN = "ya29.token-of-the-stand-in"


class EarthEngineServer:
    """Serves a raster, (bands, height, width) with NaN where masked, until it is closed.

    `script` says what becomes of the computePixels requests, one after the other; when it is used up, `always` does.
    Each is "ok", a status such as 429, (status, message), "drop" (the connection is closed without an answer), "cut"
    (in the midst of the answer), "short" (a file that is too short), "page" (a web page instead of a file), "shape"
    (a row too few), "bands" (a band is missing), "plain" (an array without bands) or "hold" (answers when `release`
    is set). A function takes the request's body and returns one of these.
    """

    def __init__(self, pixels: np.ndarray, bands, transform: Affine, crs: str):
        self.pixels, self.bands, self.transform, self.crs = pixels, list(bands), transform, CRS.from_user_input(crs)
        self.script: list = []
        self.always = "ok"
        self.sign_in = "ok"
        self.token_answer = (200, {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})
        self.requests: list[SimpleNamespace] = []
        self.release = threading.Event()
        self.changed = threading.Condition()
        self.at_once = self.most_at_once = 0
        handler = type("Handler", (_Handler,), {"stand_in": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.discovery = json.loads((SHIPPED / "cloud_api_discovery_document.json").read_text())
        self.discovery.update(rootUrl=f"{self.url}/", baseUrl=f"{self.url}/")
        self.discovery.pop("mtlsRootUrl", None)
        self.algorithms = json.loads((SHIPPED / "algorithms.json").read_text())
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def asked(self) -> list[SimpleNamespace]:
        """The requests for pixels."""
        return [r for r in self.requests if r.path.endswith("image:computePixels")]

    @property
    def expressions(self) -> list[dict]:
        """What was asked for, as nested calls."""
        return [decoded(r.body["expression"]) for r in self.asked]

    def wait_for(self, number: int) -> None:
        """Wait until so many requests for pixels have come."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.asked) >= number, timeout=600)

    def answer(self, body: dict) -> bytes | tuple[int, str]:
        """The NPY file of a request for pixels, or the error that Earth Engine gives."""
        expression = decoded(body["expression"])
        names = [str(name) for name in calls(expression, "Image.select")[0]["bandSelectors"]]
        unknown = [name for name in names if name not in self.bands]
        if unknown:
            return 400, f"Image.select: Band pattern '{unknown[0]}' did not match any bands. Available bands: [B2]"
        unmasked = calls(expression, "Image.unmask")
        fill = unmasked[0]["value"]["arguments"]["value"] if unmasked else 0
        grid = body["grid"]
        crs = CRS.from_user_input(grid.get("crsCode") or grid["crsWkt"])
        a = grid["affineTransform"]
        wanted = Affine(a["scaleX"], a["shearX"], a["translateX"], a["shearY"], a["scaleY"], a["translateY"])
        here = self.transform
        if crs != self.crs or (wanted.a, wanted.b, wanted.d, wanted.e) != (here.a, 0, 0, here.e):
            return 400, "The stand-in does not reproject."
        left, top = ~here @ (wanted.c, wanted.f)
        assert abs(left - round(left)) < 1e-6 and abs(top - round(top)) < 1e-6
        height, width = grid["dimensions"]["height"], grid["dimensions"]["width"]
        found = np.empty((height, width), [(name, "<f4") for name in names])
        ys, xs = np.arange(height)[:, None] + round(top), np.arange(width) + round(left)
        inside = (ys >= 0) & (ys < self.pixels.shape[1]) & (xs >= 0) & (xs < self.pixels.shape[2])
        for name in names:
            band = self.pixels[self.bands.index(name)]
            values = band[ys.clip(0, band.shape[0] - 1), xs.clip(0, band.shape[1] - 1)]
            found[name] = np.where(inside & ~np.isnan(values), values, fill)
        return _npy(found)


def _npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


class _Handler(BaseHTTPRequestHandler):
    stand_in: EarthEngineServer
    protocol_version = "HTTP/1.1"
    # An answer in one piece: else each waits 40 ms for the first piece to be acknowledged.
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *args) -> None:
        pass

    def do_GET(self) -> None:
        self._note(None)
        path = self.path.split("?")[0]
        if self.stand_in.sign_in != "ok":
            self._error(*self.stand_in.sign_in)
        elif path == "/$discovery/rest":
            self._json(200, self.stand_in.discovery)
        elif path.endswith("/algorithms"):
            self._json(200, self.stand_in.algorithms)
        else:
            self._error(404, f"Not found: {path}")

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/token":
            self._note(content.decode())
            self._json(*self.stand_in.token_answer)
            return
        body, server = json.loads(content), self.stand_in
        with server.changed:
            self._note(body)
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
            behaviour = server.script.pop(0) if server.script else server.always
            server.changed.notify_all()
        try:
            self._compute(body, behaviour(body) if callable(behaviour) else behaviour)
        finally:
            with server.changed:
                server.at_once -= 1

    def _compute(self, body: dict, behaviour) -> None:
        if behaviour == "hold":
            self.stand_in.release.wait()
        if behaviour == "drop":
            self.close_connection = True
            return
        if isinstance(behaviour, int):
            behaviour = (behaviour, "The stand-in was told to say so.")
        answer = behaviour if isinstance(behaviour, tuple) else self.stand_in.answer(body)
        if isinstance(answer, tuple):
            self._error(*answer)
            return
        if behaviour in ("shape", "bands", "plain"):
            array = np.load(io.BytesIO(answer))
            first, *others = array.dtype.names
            answer = _npy({"shape": array[1:], "bands": array[others], "plain": array[first]}[behaviour])
        if behaviour == "page":
            answer = b"<html>Please sign in to this network</html>"
        if behaviour == "short":
            answer = answer[: len(answer) // 2]
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(answer)))
        if behaviour == "cut":
            answer, self.close_connection = answer[: len(answer) // 2], True
        self._send(answer)

    def _json(self, status: int, content: dict) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self._send(data)

    def _error(self, status: int, message: str) -> None:
        self._json(status, {"error": {"code": status, "message": message, "status": "ERROR"}})

    def _send(self, data: bytes) -> None:
        try:
            self.end_headers()
            self.wfile.write(data)
            self.wfile.flush()
        except OSError:  # nobody waits for it any more
            self.close_connection = True

    def _note(self, body) -> None:
        request = SimpleNamespace(method=self.command, path=self.path.split("?")[0], headers=dict(self.headers))
        request.body = body
        self.stand_in.requests.append(request)


# --- reading expressions ----------------------------------------------------------------------


def decoded(expression: dict):
    """A serialised expression as nested {"function", "arguments"}, constants as they are."""
    values = expression["values"]

    def resolve(node):
        if "valueReference" in node:
            return resolve(values[node["valueReference"]])
        if "constantValue" in node:
            return node["constantValue"]
        if "arrayValue" in node:
            return [resolve(item) for item in node["arrayValue"]["values"]]
        if "dictionaryValue" in node:
            return {key: resolve(item) for key, item in node["dictionaryValue"]["values"].items()}
        if "functionDefinitionValue" in node:
            return {"body": resolve(values[node["functionDefinitionValue"]["body"]])}
        if "argumentReference" in node:
            return "scene"
        call = node["functionInvocationValue"]
        arguments = {key: resolve(item) for key, item in call["arguments"].items()}
        return {"function": call["functionName"], "arguments": arguments}

    return resolve(values[expression["result"]])


def calls(node, function: str) -> list[dict]:
    """The arguments of all calls of a function, the outermost first."""
    found = []
    if isinstance(node, dict):
        if node.get("function") == function:
            found.append(node["arguments"])
        for value in node.values():
            found += calls(value, function)
    elif isinstance(node, list):
        for value in node:
            found += calls(value, function)
    return found


def jwt_parts(token: str) -> tuple[dict, bytes, bytes]:
    """The claims of a signed token, what is signed, and the signature."""
    head, claims, signature = token.split(".")

    def plain(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    return json.loads(plain(claims)), f"{head}.{claims}".encode(), plain(signature)
