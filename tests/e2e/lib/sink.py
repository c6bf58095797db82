"""The next hop: a server of SMTP or LMTP that keeps what it is given."""
import re
import socketserver
import threading

from lib.process import wait_for


class _Handler(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line + b"\r\n")

    def data(self, recipients):
        self.say(b"354 go on")
        lines = []
        while True:
            line = self.rfile.readline()
            if line in (b".\r\n", b""):
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        self.server.messages.append(b"".join(lines))
        for _ in range(recipients if self.server.lmtp else 1):
            self.say(b"250 kept")

    def handle(self):
        self.say(b"220 next.receiver.example")
        recipients = 0
        while True:
            word = self.rfile.readline().strip().upper()
            if word.startswith((b"EHLO", b"LHLO")):
                self.say(b"250-next.receiver.example\r\n250 8BITMIME")
            elif word == b"DATA":
                self.data(recipients)
                recipients = 0
            elif word == b"QUIT" or not word:
                self.say(b"221 bye")
                return
            else:
                recipients += word.startswith(b"RCPT")
                self.say(b"250 ok")


class Sink(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, port, lmtp):
        super().__init__(("127.0.0.1", port), _Handler)
        self.lmtp, self.messages = lmtp, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def delivered(self, queue_id):
        """Waits for the message with that id in a Received field; its octets as they came."""
        mark = re.compile(rb"\bid " + queue_id.encode("ascii") + rb"\b")
        return wait_for("the delivery of " + queue_id,
                        lambda: next((text for text in list(self.messages) if mark.search(text)), None))
