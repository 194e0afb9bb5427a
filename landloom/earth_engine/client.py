"""Earth Engine's own client: signing in, and what its errors mean."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ee
import ee.oauth
import httplib2
import requests
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.oauth2 import service_account
from googleapiclient.errors import Error as ApiError
from googleapiclient.errors import HttpError

from ..errors import InputError
from ..stages._earth_engine import is_own_computer

# To connect, and to wait for an answer: Earth Engine itself gives up after 5 minutes.
TIMEOUT_S = (20.0, 320.0)

# Too many requests, and answers that came too late.
_PASSING = (408, 429)

# Everything that asking may raise; in_words and is_final tell them apart. Requests' errors are OSErrors, those of a
# reply that is cut off or no NPY file are ValueErrors or EOFErrors.
ERRORS = (
    ee.EEException,
    ApiError,
    GoogleAuthError,
    http.client.HTTPException,
    httplib2.HttpLib2Error,
    OSError,
    ValueError,
    EOFError,
)


@dataclass(frozen=True)
class Access:
    """Who asks, and where: project, path of a service account's key, address; None for the usual ones."""

    project: str | None = None
    key: str | None = None
    url: str | None = None
    connections: int = 10
    timeout: tuple[float, float] = TIMEOUT_S


def sign_in(access: Access) -> None:
    """Let the client's functions ask from now on, each once: its own attempts are switched off.

    Raises InputError where there are no credentials or no project, and what ERRORS lists where Earth Engine does not
    answer.
    """
    credentials, project = _credentials(access)
    ee.Reset()
    ee.data.setMaxRetries(0)
    # Else the client would fetch a list of deprecated collections from elsewhere, and wait for it without end.
    ee.deprecation.deprecated_assets = {"": None}  # type: ignore[dict-item]
    try:
        ee.Initialize(credentials, url=access.url, project=project, http_transport=_Transport(access))
    except ee.EEException as error:
        if str(error) != ee.NO_PROJECT_EXCEPTION:
            raise
        raise InputError(
            "Earth Engine needs a Google Cloud project that is registered for it. Give its id in EE_PROJECT (parameter"
            " or environment variable)."
        ) from None


def _credentials(access: Access) -> tuple[Any, str | None]:
    if access.key:
        return _service_account(Path(access.key), access.project)
    if access.url and is_own_computer(access.url):
        return AnonymousCredentials(), access.project
    try:
        return ee.data.get_persistent_credentials(), access.project
    except (ee.EEException, ValueError, AttributeError):  # the latter of a file that is damaged
        raise InputError(
            "There are no valid credentials for Earth Engine on this computer. Run 'earthengine authenticate' once, or"
            " choose the key file of a service account for EE_KEY (environment variable"
            " GOOGLE_APPLICATION_CREDENTIALS)."
        ) from None


def _service_account(path: Path, project: str | None) -> tuple[Any, str | None]:
    # What the libraries say of a damaged key might quote it.
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        credentials = service_account.Credentials.from_service_account_info(content, scopes=ee.oauth.SCOPES)
        return credentials, project or content.get("project_id")
    except OSError as error:
        raise InputError(
            f"The Earth Engine key file {path} cannot be read: {error.strerror}. Choose another for EE_KEY, or leave"
            " it empty for the credentials that 'earthengine authenticate' has stored."
        ) from None
    except (ValueError, TypeError, AttributeError, GoogleAuthError):
        raise InputError(
            f"The Earth Engine key file {path} is no key of a service account, or is damaged. Download a JSON key of"
            " the service account from the Google Cloud console and choose it for EE_KEY."
        ) from None


class _Transport:
    """What the client sends its requests through, as httplib2.Http; of many threads at once, and with time-outs."""

    def __init__(self, access: Access):
        self._timeout = access.timeout
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=access.connections))

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: Any = None,
        headers: dict[str, str] | None = None,
        redirections: int | None = None,
        connection_type: Any = None,
    ) -> tuple[httplib2.Response, bytes]:
        """Send a request and wait for the whole answer."""
        reply = self._session.request(method, uri, data=body, headers=headers, timeout=self._timeout)
        return httplib2.Response({**reply.headers, "status": reply.status_code}), reply.content


def status(error: BaseException) -> int | None:
    """The HTTP status behind an error; the client keeps it only in the error that it was made of."""
    cause = error if isinstance(error, HttpError) else error.__context__
    return cause.status_code if isinstance(cause, HttpError) else None


def is_final(error: BaseException) -> bool:
    """Whether asking again would give the same error: a refusal, not a server that is busy or a broken line."""
    if isinstance(error, GoogleAuthError):
        return isinstance(error, RefreshError) and not error.retryable
    code = status(error)
    if isinstance(error, ee.EEException) and code is None:
        return True  # the client itself refuses what it is to ask
    return code is not None and 400 <= code < 500 and code not in _PASSING


def in_words(error: BaseException) -> str:
    """What to tell of one of ERRORS, without address and headers of the request."""
    code = status(error)
    if code is not None:
        reason = error._get_reason() if isinstance(error, HttpError) else str(error)  # as the client itself does
        return f"Earth Engine answered {code}: {reason.strip().rstrip('.') or http.client.responses.get(code, '')}"
    if isinstance(error, RefreshError):
        return f"Google does not accept the credentials: {str(error.args[0]).strip(' .')}"
    if isinstance(error, (TimeoutError, requests.Timeout)):
        return "Earth Engine did not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "The connection to Earth Engine is not safe: its certificate was not accepted"
    if isinstance(error, (OSError, http.client.HTTPException, TransportError)):
        return f"The connection to Earth Engine failed or broke ({type(error).__name__})"
    if isinstance(error, ee.EEException):
        return f"Earth Engine's client says: {error}"
    return "Earth Engine's answer was damaged"


def host(access: Access) -> str:
    """Which computer is asked."""
    return urlsplit(access.url or ee.data.DEFAULT_CLOUD_API_BASE_URL).netloc
