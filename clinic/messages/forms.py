from clinic.web.forms import VersionedForm


class DeedForm(VersionedForm):
    """One press, for the message as it was shown."""
