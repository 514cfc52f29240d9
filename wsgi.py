"""What a WSGI server serves, and where ``flask`` finds the commands."""

from clinic.app import create_app
from config import from_environment

app = create_app(from_environment())
