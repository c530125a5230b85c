"""The forms of django-allauth, without words inside the fields: labels stand above, where all can read them."""

from __future__ import annotations

from typing import Any

from allauth.account import forms


class _Plain:
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class LoginForm(_Plain, forms.LoginForm):  # type: ignore[misc]
    pass


class SignupForm(_Plain, forms.SignupForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(_Plain, forms.ResetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordKeyForm(_Plain, forms.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ChangePasswordForm(_Plain, forms.ChangePasswordForm):  # type: ignore[misc]
    pass


class ReauthenticateForm(_Plain, forms.ReauthenticateForm):  # type: ignore[misc]
    pass
