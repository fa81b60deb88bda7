"""The process that serves a replay: pywb, in its working folder, at the socket it is handed.

A port that was free a moment ago may be taken when pywb comes to ask for it, by pywb's own index
server even, which takes any; a socket that listens already cannot be.
"""

from gevent.monkey import patch_all

patch_all()

import socket  # noqa: E402
import sys  # noqa: E402

from gevent.pywsgi import WSGIServer  # noqa: E402
from pywb.apps.frontendapp import FrontEndApp  # noqa: E402
from pywb.utils.geventserver import RequestURIWSGIHandler  # noqa: E402

if __name__ == "__main__":
    listener = socket.socket(fileno=int(sys.argv[1]))
    WSGIServer(listener, FrontEndApp(), handler_class=RequestURIWSGIHandler).serve_forever()
