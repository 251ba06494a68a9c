"""No answer, or none to the end: the library's errors as ours.

All of them say something of the member, or of the way to it, and nothing of an object. Words of
the library are left out: they hold addresses of proxies with passwords, and pieces of answers.
"""

import ssl

import aiohttp

from gitopsd.model.errors import ClusterError

FAILURES = (aiohttp.ClientError, TimeoutError, OSError, ValueError)


def in_our_words(error: Exception, member: str) -> ClusterError:
    """What happened on the way, of a member; waiting may help with each of them."""
    return ClusterError(member, _reason(error))


def _reason(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorCertificateError(certificate_error=ssl.SSLError() as why):
            return f"its certificate is not trusted: {getattr(why, 'verify_message', '') or why}"
        case aiohttp.ClientHttpProxyError():
            return f"the proxy refused to connect: {error.status}"
        case aiohttp.ClientProxyConnectionError():
            return f"the proxy cannot be reached: {_of_system(error.os_error)}"
        case aiohttp.ClientConnectorDNSError():
            return f"its address cannot be found: {_of_system(error.os_error)}"
        case aiohttp.ConnectionTimeoutError():
            return "no connection in time"
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return f"TLS failed: {_of_tls(error)}"
        case aiohttp.ClientConnectorError():
            return f"cannot be reached: {_of_system(error.os_error)}"
        case aiohttp.ServerDisconnectedError() | ConnectionError():
            return "closed the connection without an answer"
        case aiohttp.ClientPayloadError():
            return "cut its answer off"
        case TimeoutError():
            return "no answer in time"
        case aiohttp.InvalidURL():
            return "its address is no URL"
        case aiohttp.ClientResponseError():
            return "its answer is no HTTP"
        case OSError():
            return f"the connection failed: {_of_system(error)}"
        case _:
            return f"the connection failed: {type(error).__name__}"


def _of_system(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _of_tls(error: Exception) -> str:
    inner = getattr(error, "os_error", error)
    reason = getattr(inner, "reason", None) or type(inner).__name__
    return str(reason).replace("_", " ").lower()
