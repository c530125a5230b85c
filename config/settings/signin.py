"""Accounts, second factor, lock-out and sessions."""

from datetime import timedelta

from config.settings.environment import flag

AUTH_USER_MODEL = "members.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "members.hashers.RandomSecretHasher",  # of systems' secrets only, see CLIENT_SECRET_HASHER
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Where people land; officers go on to enrolment first if they have no second factor.
LOGIN_URL = "account_login"
OFFICER_HOME = "workbench:queue"
EXPORTER_HOME = "portal:dashboard"
LOGIN_REDIRECT_URL = EXPORTER_HOME
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "config.signin.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "config.signin.forms.SignupForm"
ACCOUNT_FORMS = {
    "login": "config.signin.account_forms.LoginForm",
    "signup": "config.signin.account_forms.SignupForm",
    "reset_password": "config.signin.account_forms.ResetPasswordForm",
    "reset_password_from_key": "config.signin.account_forms.ResetPasswordKeyForm",
    "change_password": "config.signin.account_forms.ChangePasswordForm",
    "reauthenticate": "config.signin.account_forms.ReauthenticateForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Entente: "
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,10/5m/key"}  # axes comes first, see below

MFA_ADAPTER = "config.signin.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Entente"
MFA_TOTP_TOLERANCE = 1  # one step of 30 s, for clocks that differ

# Five wrong passwords for one account from one place close it there for a quarter of an hour; allauth's
# own limits, kept in the cache, slow down guesses spread over accounts or places.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_USERNAME_CALLABLE = "config.signin.lockout.username"
AXES_CLIENT_IP_CALLABLE = "config.signin.lockout.client_ip"
AXES_LOCKOUT_CALLABLE = "config.signin.lockout.locked_out"
AXES_SENSITIVE_PARAMETERS = ["password", "code"]

# Only where every request passes a proxy that appends the caller's address to X-Forwarded-For itself.
BEHIND_PROXY = flag("ENTENTE_BEHIND_PROXY")

# The cookie outlives no browser; config.signin.middleware ends sessions earlier, by idleness and age.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 24 * 3600
