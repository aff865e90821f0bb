"""The border with HTTP: who is calling, what may come in, how errors look. Knows no feature; `server.app` hands it `authenticate`."""
