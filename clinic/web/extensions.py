from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

login_manager = LoginManager()
login_manager.session_protection = None  # the server's own sessions do this work
csrf = CSRFProtect()
migrate = Migrate()
