"""Writing the two logs, and proving that nobody rewrote them."""

from clinic.audit.services.adding import put
from clinic.audit.services.changes import watch
from clinic.audit.services.reads import begin_reading, install_reads, saw, write_reads
from clinic.audit.services.verify import verify

__all__ = ["begin_reading", "install_reads", "put", "saw", "verify", "watch", "write_reads"]
