"""The back office: Flask-Admin lives in this wing and in no other."""
